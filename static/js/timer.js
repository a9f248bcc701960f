/* Counts down to the deadline, says so in time, and hands the interview in at zero: by a request of its own, so that
   without a connection this page, with the text on it, stays where it is. */

const RETRY = 10000;
const UNREACHABLE =
  "Time is up, and the server cannot be reached. It hands in by itself what it has saved by now. The rest of your " +
  "text stays on this page and in this browser. This page tries again until it gets through.";
const clock = document.getElementById("timer");

function words(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)} left` : `${minutes}:${two(seconds % 60)} left`;
}

/* What is typed from now on would be refused. */
function stopWriting() {
  for (const text of document.querySelectorAll("textarea.write")) text.readOnly = true;
  for (const button of document.querySelectorAll("#interview button[type=submit]")) button.disabled = true;
}

/* Saves what is left, then ends the interview and goes to the result. False: the server could not be reached. */
async function handIn() {
  const form = document.getElementById("time-is-up");
  const waitFor = [];
  document.dispatchEvent(new CustomEvent("mockingbird:time-is-up", { detail: { waitFor } }));
  await Promise.race([Promise.allSettled(waitFor), new Promise((resolve) => setTimeout(resolve, 2500))]);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      redirect: "manual",
      signal: AbortSignal.timeout(20000),
    });
    if (answer.status >= 500 || answer.status === 429) return false;
  } catch {
    return false;
  }
  location.replace(form.dataset.result);
  return true;
}

function untilOnline() {
  return new Promise((resolve) => {
    setTimeout(resolve, RETRY);
    window.addEventListener("online", resolve, { once: true });
  });
}

function start() {
  const end = Date.now() + Number(clock.dataset.remaining) * 1000;
  const spoken = document.getElementById("timer-words");
  const warnings = [300, 60].filter((seconds) => seconds < Number(clock.dataset.remaining));
  let timer = null;
  let isOver = false;

  function tick() {
    if (isOver) return;
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    clock.textContent = words(left);
    clock.classList.toggle("soon", left <= 300 && left > 60);
    clock.classList.toggle("over", left <= 60);
    if (warnings.length && left <= warnings[0]) {
      while (warnings.length && left <= warnings[0]) warnings.shift();
      spoken.textContent = left > 60 ? "5 minutes left." : "1 minute left. What you have written will be handed in.";
    }
    if (left === 0) {
      isOver = true;
      clearInterval(timer);
      finish();
    }
  }

  async function finish() {
    clock.textContent = "Time is up";
    spoken.textContent = "Time is up. Your answers are being handed in.";
    stopWriting();
    while (!(await handIn())) {
      document.dispatchEvent(new CustomEvent("mockingbird:say", { detail: UNREACHABLE }));
      await untilOnline();
    }
  }

  timer = setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
  tick();
}

if (clock) start();
