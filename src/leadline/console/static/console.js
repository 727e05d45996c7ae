/* What a page does beyond links and forms. All of it is a comfort: without this file everything works. */
(() => {
  "use strict";
  const SOON = 2000, LATER = 15000;
  const find = (selector) => document.querySelector(selector);
  const status = document.getElementById("status");
  const say = (sentence) => { if (status.textContent !== sentence) status.textContent = sentence; };

  /* Theme: the system's until a person chooses one. */
  const themeButton = find("[data-theme-button]");
  const isDark = () => (document.documentElement.dataset.theme
    || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { themeButton.textContent = isDark() ? "Light" : "Dark"; themeButton.title = "Change to the " + themeButton.textContent.toLowerCase() + " theme"; };
  themeButton.hidden = false;
  nameTheme();
  themeButton.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("leadline-theme", document.documentElement.dataset.theme);
    nameTheme();
  });

  /* Live parts ask for themselves again: every 2 seconds while one is unfinished, else every 15, never unseen. */
  const tools = find("[data-live-tools]"), updated = find("[data-updated]"), pause = find("[data-pause]");
  const live = () => [...document.querySelectorAll("[data-live]")];
  let refreshedAt = Date.now(), askedAt = Date.now(), trouble = "", ahead = 0;
  const setClock = (part) => { if (part && part.dataset.now) ahead = part.dataset.now * 1000 - Date.now(); };
  setClock(document.body); /* Ages are by the server's clock: a sandbox may have moved it, and this one may be wrong. */
  const isPaused = () => pause.getAttribute("aria-pressed") === "true";
  const setPaused = (paused) => {
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
    sessionStorage.setItem("leadline-paused", paused ? "1" : "");
  };
  const duration = (seconds) => seconds < 60 ? seconds + " s"
    : seconds < 3600 ? Math.floor(seconds / 60) + " min"
    : seconds < 86400 ? Math.floor(seconds / 3600) + " h"
    : Math.floor(seconds / 86400) + (seconds < 172800 ? " day" : " days");
  const showAge = () => {
    const seconds = Math.round((Date.now() - refreshedAt) / 1000);
    updated.textContent = trouble || (seconds < 1 ? "updated just now" : "updated " + duration(seconds) + " ago");
    updated.classList.toggle("stale", Boolean(trouble));
    for (const time of document.querySelectorAll("time[data-age]")) {
      const age = Math.max(0, Math.round((Date.now() + ahead - Date.parse(time.dateTime)) / 1000));
      time.textContent = age < 2 ? "just now" : duration(age) + " ago";
    }
  };
  const tick = () => {
    const parts = live();
    tools.hidden = parts.length === 0;
    if (parts.length === 0) return;
    const every = parts.some((part) => part.dataset.live === "soon") ? SOON : LATER;
    if (!document.hidden && !isPaused() && Date.now() - askedAt >= every) {
      askedAt = Date.now();
      parts.forEach((part) => htmx.trigger(part, "refresh"));
    }
    if (!document.hidden) showAge();
  };
  setPaused(sessionStorage.getItem("leadline-paused") === "1");
  pause.addEventListener("click", () => {
    setPaused(!isPaused());
    say(isPaused() ? "The page stays as it is." : "The page is kept up to date.");
    tick();
  });
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 500);
  tick();

  /* Fragments: marked as refreshes, told apart from what a person does; a failure is said beside the age. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.triggeringEvent && event.detail.triggeringEvent.type === "refresh") event.detail.headers["Leadline-Refresh"] = "1";
  });
  document.addEventListener("htmx:afterSwap", () => {
    refreshedAt = Date.now();
    trouble = "";
    setClock(live()[0]);
    showAge();
    const news = [...document.querySelectorAll("[data-announce]")].map((each) => each.dataset.announce).join(" ");
    if (news) say(news);
  });
  document.addEventListener("htmx:responseError", (event) => {
    trouble = event.detail.xhr.status === 429 ? "too many requests; trying again" : "not updated: the server answered " + event.detail.xhr.status;
    showAge();
  });
  document.addEventListener("htmx:sendError", () => { trouble = "not updated: the server is not reached"; showAge(); });

  /* A refresh changes what changed, and takes nothing from a person: no focus, no text, no opened part. */
  Object.assign(Idiomorph.defaults, { ignoreActiveValue: true, restoreFocus: true });
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");

  /* Uploads: the same form, with a bar. */
  document.addEventListener("submit", (event) => {
    const form = event.target, bar = form.querySelector("progress[data-upload]");
    if (!bar || event.defaultPrevented) return;
    event.preventDefault();
    const request = new XMLHttpRequest(), button = form.querySelector("button:not([type=button])");
    const end = (sentence) => { bar.hidden = true; if (button) button.disabled = false; say(sentence); };
    bar.hidden = false;
    if (button) button.disabled = true;
    say("The file is being sent.");
    request.upload.addEventListener("progress", (sent) => { if (sent.lengthComputable) { bar.max = sent.total; bar.value = sent.loaded; } });
    request.addEventListener("load", () => {
      if (request.status < 400 && request.responseURL) { location.assign(request.responseURL); return; }
      const shown = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
      end("");
      if (shown) { find("main").replaceWith(shown); htmx.process(shown); shown.focus(); } else say("The server answered " + request.status + ".");
    });
    request.addEventListener("error", () => {
      end("The file was not sent: the connection broke off.");
      form.querySelector("[data-upload-error]")?.replaceChildren(status.textContent);
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
})();
