"""Every address."""

from allauth.account.views import confirm_email
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import include, path

from interview_site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("mine/", views.my_interviews, name="my-interviews"),
    path("healthz", views.healthz, name="healthz"),
    path("assessments/", views.assessments, name="assessments"),
    path("", include("sessions.urls")),
    path("", include("grading.urls")),
    # Before allauth's own, which takes the link from anybody.
    path("accounts/confirm-email/<key>/", login_required(confirm_email), name="account_confirm_email"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
]

handler400 = views.bad_request
