// Yunfang: small improvements on top of pages that work without script.
(() => {
  "use strict";
  const $ = (sel, root = document) => root.querySelector(sel);
  const $$ = (sel, root = document) => [...root.querySelectorAll(sel)];
  const root = document.documentElement;

  const setCookie = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };

  // Theme: the link works on the server too; here it switches at once.
  const isDark = () => {
    const chosen = root.dataset.theme;
    if (chosen === "dark" || chosen === "light") return chosen === "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const labelTheme = () => $$("[data-theme-switch]").forEach((el) => {
    el.setAttribute("aria-label", isDark() ? el.dataset.light : el.dataset.dark);
    el.setAttribute("href", `?theme=${isDark() ? "light" : "dark"}`);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-theme-switch]");
    if (!link) return;
    event.preventDefault();
    const next = isDark() ? "light" : "dark";
    root.dataset.theme = next;
    const meta = $('meta[name="color-scheme"]');
    if (meta) meta.content = next;
    setCookie("yf_theme", next);
    labelTheme();
  });

  // Language: what is chosen, but not yet in the address, goes along.
  const UNSENT = /^(csrf|form_key|seen_.*|recounted|agreed)$/;
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="?lang="]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    $$("form[data-chooser]").forEach((form) => {
      const chosen = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !UNSENT.test(name));
      chosen.forEach(([name]) => query.delete(name));
      chosen.forEach(([name, value]) => query.append(name, value));
    });
    keepTyped();
    query.set("lang", link.getAttribute("href").slice("?lang=".length));
    location.assign(`${location.pathname}?${query}`);
  });

  // Menus made of <details>: one open at a time, closed by Escape or a click elsewhere.
  document.addEventListener("click", (event) => {
    $$("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    $$("details[data-menu][open]").forEach((menu) => {
      menu.open = false;
      $("summary", menu).focus();
    });
  });

  // Copy buttons and dismissible notices.
  const copyText = async (text) => {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      try {
        await copyText(button.dataset.copy);
      } catch {
        return;
      }
      const text = $("span", button);
      const before = button.dataset.before || (button.dataset.before = text.textContent);
      text.textContent = button.dataset.done;
      setTimeout(() => { text.textContent = before; }, 1600);
    }
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest("[data-flash]").remove();
  });

  // Forms: send once; warn before unsaved input is lost; send filters when a choice changes.
  const snapshot = (form) => new URLSearchParams(
    [...new FormData(form)].map(([k, v]) => [k, typeof v === "string" ? v : v.name])).toString();
  const guarded = new Map();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    guarded.delete(form);
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    $$('button[type="submit"]', form).forEach((b) => b.setAttribute("data-busy", ""));
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    $$("[data-busy]", form).forEach((b) => b.removeAttribute("data-busy"));
  }));
  addEventListener("beforeunload", (event) => {
    for (const [form, before] of guarded) {
      if (form.isConnected && snapshot(form) !== before) {
        event.preventDefault();
        event.returnValue = "";
        return;
      }
    }
  });
  // What was typed into guarded forms survives a change of the language, in this tab.
  const typedKey = `yf-typed:${location.pathname}`;
  const keepTyped = () => {
    const typed = [...guarded].filter(([form, before]) => form.isConnected && snapshot(form) !== before).map(([form]) => [
      form.getAttribute("action"),
      [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !/^(csrf|form_key)$|password/.test(name)),
    ]);
    if (typed.length) sessionStorage.setItem(typedKey, JSON.stringify(typed));
    guarded.clear();
  };
  const restoreTyped = () => {
    const text = sessionStorage.getItem(typedKey);
    if (!text) return;
    sessionStorage.removeItem(typedKey);
    for (const [action, pairs] of JSON.parse(text)) {
      const form = [...guarded.keys()].find((f) => f.getAttribute("action") === action);
      if (!form) continue;
      const values = new Map();
      pairs.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));
      for (const field of form.elements) {
        if (!field.name || field.type === "hidden" || field.type === "file" || field.type === "password") continue;
        const given = values.get(field.name) || [];
        if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
        else if (given.length) field.value = given.shift();
      }
    }
  };
  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-autosubmit]");
    if (field && field.form) field.form.requestSubmit();
  });
  // Empty filter fields stay out of the address.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-filters]")) return;
    const empty = $$("input, select", event.target).filter((el) => el.name && el.value === "");
    empty.forEach((el) => { el.disabled = true; });
    setTimeout(() => empty.forEach((el) => { el.disabled = false; }));
  });

  // Confirm step: <details> becomes a modal dialog.
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("details[data-confirm] > summary");
    if (summary && window.HTMLDialogElement) {
      event.preventDefault();
      openDialog(summary.parentElement, summary);
    }
    if (event.target.closest("[data-cancel]")) {
      const dialog = event.target.closest("dialog");
      if (dialog) dialog.close();
    }
  });
  const openDialog = (details, opener) => {
    const panel = $(".confirm-panel", details);
    const title = $(".confirm-title", panel);
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    title.id = title.id || `dialog-${Math.random().toString(36).slice(2)}`;
    dialog.setAttribute("aria-labelledby", title.id);
    $$("[data-cancel]", panel).forEach((b) => { b.hidden = false; });
    dialog.append(panel);
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => {
      details.append(panel);
      dialog.remove();
      opener.focus();
    });
    dialog.showModal();
  };

  // Whole table rows follow their link.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, select, label, summary, details, dialog")) return;
    if (String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  });

  // Fragments that are asked for again until the server says that they are done.
  const poll = (box) => {
    let wait = Math.max(1, Number(box.dataset.pollSeconds) || 3) * 1000;
    const again = () => setTimeout(ask, wait);
    const ask = async () => {
      if (!box.isConnected) return;
      if (document.hidden) return again();
      try {
        const answer = await fetch(box.dataset.poll, { headers: { Accept: "text/html", "X-Fragment": "1" }, credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        const html = await answer.text();
        box.innerHTML = html;
        enhance(box);
        if (answer.headers.get("X-Poll") === "done" || $("[data-poll-done]", box)) {
          const then = $("[data-poll-done]", box);
          if (then && then.dataset.pollDone) location.assign(then.dataset.pollDone);
          return;
        }
      } catch {
        wait = Math.min(wait * 2, 60000);
      }
      again();
    };
    again();
  };

  // Specification chooser: the price box follows the choice.
  const chooser = (form) => {
    let running = null;
    let timer = 0;
    const update = async () => {
      const box = $("[data-quote]", form);
      const numbers = $$('input[type="number"]', form);
      if (!box || numbers.some((input) => !input.value || !input.validity.valid)) return;
      if (running) running.abort();
      running = new AbortController();
      box.setAttribute("aria-busy", "true");
      try {
        const sep = form.dataset.chooser.includes("?") ? "&" : "?";
        const query = new URLSearchParams([...new FormData(form)].filter(([name]) => !UNSENT.test(name)));
        const answer = await fetch(form.dataset.chooser + sep + query, { signal: running.signal, headers: { "X-Fragment": "1" }, credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const next = $("[data-quote]", page);
        if (next) {
          box.innerHTML = next.innerHTML;
          box.removeAttribute("aria-busy");
          // The buyer sees this sum now.
          const recounted = form.elements.recounted;
          if (recounted) recounted.value = query.get("quantity") || "";
        }
      } catch (error) {
        if (error.name !== "AbortError") box.removeAttribute("aria-busy");
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(update, 180);
    });
  };

  const stepper = (box) => {
    const input = $("input", box);
    $$("[data-step]", box).forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        if (Number(button.dataset.step) > 0) input.stepUp();
        else input.stepDown();
        input.dispatchEvent(new Event("input", { bubbles: true }));
      });
    });
  };

  // Search suggestions: an ARIA combobox with a list box.
  const suggest = (box) => {
    const input = $("input", box);
    const list = document.createElement("div");
    list.className = "suggest";
    list.id = "search-suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.dataset.label);
    list.hidden = true;
    box.append(list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    let items = [];
    let at = -1;
    let timer = 0;
    let running = null;
    const close = () => {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const mark = (next) => {
      at = next;
      [...list.children].forEach((el, i) => el.setAttribute("aria-selected", String(i === at)));
      const el = list.children[at];
      if (!el) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", el.id);
      el.scrollIntoView({ block: "nearest" });
    };
    const show = () => {
      list.replaceChildren(...items.map((item, i) => {
        const el = document.createElement("div");
        el.id = `suggestion-${i}`;
        el.setAttribute("role", "option");
        el.setAttribute("aria-selected", "false");
        el.textContent = item.text;
        el.addEventListener("mousedown", (event) => {
          event.preventDefault();
          location.assign(item.href);
        });
        return el;
      }));
      at = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = items.length === 0;
      input.setAttribute("aria-expanded", String(items.length > 0));
    };
    const ask = async () => {
      const text = input.value.trim();
      if (running) running.abort();
      if (!text) return close();
      running = new AbortController();
      try {
        const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal: running.signal, headers: { Accept: "application/json" } });
        items = answer.ok ? await answer.json() : [];
        if (document.activeElement === input) show();
      } catch {
        // The plain search form still works.
      }
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const open = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!open) return void ask();
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark((at + step + items.length + (at < 0 && step < 0 ? 1 : 0)) % items.length);
      } else if (event.key === "Enter" && open && at >= 0) {
        event.preventDefault();
        location.assign(items[at].href);
      } else if (event.key === "Escape" && open) {
        event.preventDefault();
        close();
      }
    });
  };

  const enhance = (part) => {
    $$("[data-copy], [data-dismiss]", part).forEach((el) => { el.hidden = false; });
    $$("[data-stepper]", part).forEach(stepper);
    $$("[data-chooser]", part).forEach(chooser);
    $$("[data-poll]", part).forEach(poll);
    $$("form[data-guard]", part).forEach((form) => guarded.set(form, snapshot(form)));
    $$("[data-suggest]", part).forEach(suggest);
    // Long identities are cut off in narrow columns.
    $$(".table .mono:not([title]), .table code:not([title])", part).forEach((el) => { el.title = el.textContent; });
  };

  labelTheme();
  enhance(document);
  restoreTyped();
  const first = $("[data-focus]");
  if (first) first.focus();
})();
