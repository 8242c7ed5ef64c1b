// Fetches new lines and sends without reloading. The page works the same without this file.
"use strict";

(() => {
  const chats = document.getElementById("chat");
  if (!chats || !window.fetch) return;
  const EVERY = 2500;
  const FAILED = "没有发出去，请再按一次。写的字还在。";
  let last = Number(chats.dataset.last);
  let now = chats.dataset.now;
  let turn = Promise.resolve();

  const slotOf = (form) => document.getElementById(form.dataset.slot);

  function addBadge(chat, count) {
    for (const link of document.querySelectorAll("[data-badge]")) {
      if (link.dataset.badge !== chat) continue;
      if (link.dataset.tab && link.getAttribute("aria-current")) continue;
      const number = link.querySelector(".number");
      number.textContent = Number(number.textContent) + count;
      link.querySelector(".badge").hidden = false;
    }
  }

  function take(news) {
    const begunAnew = news.gone || Date.parse(news.now) < Date.parse(now);
    if (begunAnew) return location.reload();
    now = news.now;
    if (news.last > last) {
      for (const [kind, html] of Object.entries(news.lines)) {
        document.querySelector(`[data-lines-of="${kind}"]`).insertAdjacentHTML("beforeend", html);
      }
      for (const [chat, count] of Object.entries(news.fresh)) addBadge(chat, count);
      last = news.last;
    }
    const clock = document.getElementById("clock");
    if (clock.innerHTML.trim() !== news.clock.trim()) clock.innerHTML = news.clock;
  }

  async function look() {
    const answer = await fetch(`${chats.dataset.lines}&after=${last}`);
    if (answer.ok) take(await answer.json());
  }

  // One look at a time, so that no line is ever added twice.
  const poll = () => (turn = turn.then(look).catch(() => {}));

  async function refusal(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const alerts = [...page.querySelectorAll('[role="alert"]')];
    return alerts.map((each) => each.textContent.trim()).find(Boolean) || FAILED;
  }

  async function send(form, button) {
    const data = new FormData(form);
    if (button?.name) data.append(button.name, button.value);
    const answer = await fetch(form.action, { method: "POST", body: data, redirect: "manual" });
    if (answer.type !== "opaqueredirect") return refusal(answer);
    if (form.elements.text && button?.name !== "quick") form.elements.text.value = "";
    form.closest("details")?.removeAttribute("open");
    await poll();
    return "";
  }

  async function submit(event) {
    event.preventDefault();
    const form = event.target;
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    slotOf(form).textContent = await send(form, event.submitter).catch(() => FAILED);
    form.removeAttribute("aria-busy");
    if (event.submitter?.classList.contains("send")) form.elements.text.focus();
  }

  for (const form of document.querySelectorAll("[data-live]")) form.addEventListener("submit", submit);

  for (const box of document.querySelectorAll(".composer textarea")) {
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      box.form.requestSubmit(box.form.querySelector(".send"));
    });
  }

  for (const chip of document.querySelectorAll("[data-fill]")) {
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      const box = chip.closest("form").elements.text;
      box.value = chip.dataset.fill;
      box.focus();
    });
  }

  for (const tab of document.querySelectorAll("[data-tab]")) {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      chats.className = `chats show-${tab.dataset.tab}`;
      for (const each of document.querySelectorAll("[data-tab]")) each.removeAttribute("aria-current");
      tab.setAttribute("aria-current", "true");
      tab.querySelector(".badge").hidden = true;
      tab.querySelector(".number").textContent = "0";
      history.replaceState(null, "", tab.href);
    });
  }

  setInterval(() => { if (!document.hidden) poll(); }, EVERY);
})();
