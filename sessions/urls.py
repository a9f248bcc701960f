"""Addresses of setting up and of the sitting."""

from django.urls import path

from sessions.views import interview, invitations, invited, practice, templates

urlpatterns = [
    path("practice/", practice.practice, name="practice"),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.new_template, name="template-new"),
    path("templates/<int:pk>/", invitations.invitations, name="template-invitations"),
    path("templates/<int:pk>/edit/", templates.edit_template, name="template-edit"),
    path("templates/<int:pk>/copy/", templates.copy_template, name="template-copy"),
    path("templates/<int:pk>/delete/", templates.delete_template, name="template-delete"),
    path("templates/<int:pk>/invite/", invitations.invite, name="template-invite"),
    path("invitations/<int:pk>/", invitations.invitation, name="invitation-detail"),
    path("invitations/<int:pk>/renew/", invitations.renew, name="invitation-renew"),
    path("invitations/<int:pk>/revoke/", invitations.revoke, name="invitation-revoke"),
    path("invitations/<int:pk>/erase/", invitations.erase, name="invitation-erase"),
    path("i/<str:token>/", invited.link, name="invitation-link"),
    path("invitation/", invited.invitation, name="invitation"),
    path("invitations/<int:pk>/start/", interview.start_invitation, name="invitation-start"),
    path("interviews/<uuid:session_id>/", interview.interview, name="interview"),
    path("interviews/<uuid:session_id>/discard/", practice.discard, name="practice-discard"),
    path("interviews/<uuid:session_id>/start/", interview.start, name="interview-start"),
    path("interviews/<uuid:session_id>/<int:position>/", interview.question, name="question"),
    path("interviews/<uuid:session_id>/<int:position>/draft/", interview.save_draft, name="answer-draft"),
    path("interviews/<uuid:session_id>/<int:position>/save/", interview.save, name="answer-save"),
    path("interviews/<uuid:session_id>/<int:position>/skip/", interview.skip, name="answer-skip"),
]
