// One Chromium for a test file, and the people who use the market in it.
import assert from "node:assert/strict";
import { accessSync, constants, readFileSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import { startMarket } from "./market.mjs";

/** How long a page or a state may take; the machine may be busy with other tests. */
export const LIMIT = 30_000;

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const TRANSLATIONS = new URL("../../translations/", import.meta.url);

function chromiumPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const candidates = [process.env.YUNFANG_CHROMIUM, "/usr/bin/chromium",
    ...folders.flatMap((folder) => names.map((name) => join(folder, name)))];
  const found = candidates.filter(Boolean).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error("Chromium is missing: ./test setup");
  return found;
}

const words = { zh: new Map(), en: new Map() };
for (const file of readdirSync(TRANSLATIONS)) {
  const language = file.match(/\.(zh|en)\.ftl$/)?.[1];
  if (!language) continue;
  for (const line of readFileSync(new URL(file, TRANSLATIONS), "utf8").split("\n")) {
    const found = line.match(/^([a-zA-Z][\w-]*) = (.*)$/);
    if (found) words[language].set(found[1], found[2].trim());
  }
}

/** The words of a key without arguments, as the pages show them. */
export function say(language, key) {
  const text = words[language].get(key);
  assert.ok(text, `no words for ${key} in ${language}`);
  return text;
}

/** Whatever must never happen while somebody uses the pages. */
function watch(context, faults) {
  context.on("page", (page) => {
    page.setDefaultTimeout(LIMIT);
    page.on("pageerror", (error) => faults.push(`script on ${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      // Refused requests are logged as well; the answers are judged below.
      if (message.type() === "error" && !text.startsWith("Failed to load resource")) {
        faults.push(`console on ${page.url()}: ${text}`);
      }
    });
  });
  context.on("response", (answer) => {
    if (answer.status() >= 500) faults.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
  });
}

/** A market with its browser. Everybody logs in once for each file: the forms are limited by rate. */
export class Town {
  #sessions = new Map();
  #contexts = new Map();

  static async open() {
    const town = new Town();
    town.faults = [];
    town.market = await startMarket();
    try {
      town.browser = await chromium.launch({ executablePath: chromiumPath(), args: FLAGS });
    } catch (error) {
      await town.market.stop();
      throw error;
    }
    return town;
  }

  async close() {
    await this.browser?.close();
    await this.market?.stop();
  }

  /** A browser of its own; `who` is a role of the demo, a mail address, or nothing for a visitor. */
  async visit(who, options = {}) {
    const state = who ? await this.#session(who) : undefined;
    const context = await this.browser.newContext({
      baseURL: this.market.base, locale: "zh-CN", viewport: { width: 1280, height: 900 }, storageState: state, ...options,
    });
    context.setDefaultTimeout(LIMIT);
    watch(context, this.faults);
    return context.newPage();
  }

  /** The page that this person keeps open throughout the file. */
  async page(who) {
    if (!this.#contexts.has(who)) this.#contexts.set(who, await this.visit(who));
    return this.#contexts.get(who);
  }

  mail(who) {
    return who.includes("@") ? who : this.market.mails[who];
  }

  async logIn(page, who) {
    await page.goto("/login");
    await page.locator("input[name=email]").fill(this.mail(who));
    await page.locator("input[name=password]").fill(this.market.password);
    await page.locator('form[action="/login"] button[type=submit]').click();
    await page.waitForURL((url) => url.pathname !== "/login");
  }

  async #session(who) {
    if (!this.#sessions.has(who)) {
      const page = await this.visit(null);
      await this.logIn(page, who);
      this.#sessions.set(who, await page.context().storageState());
      await page.context().close();
    }
    return this.#sessions.get(who);
  }

  /** Runs a test's body; a picture of every open page is kept when it fails and a folder is named. */
  async scene(body) {
    const before = this.faults.length;
    try {
      await body();
    } catch (error) {
      await this.#photograph(error);
      throw error;
    }
    assert.deepEqual(this.faults.slice(before), [], "faults on the way");
  }

  async #photograph(error) {
    const pages = this.browser.contexts().flatMap((context) => context.pages());
    error.stack += `\nopen pages: ${pages.map((page) => page.url()).join(" ")}`;
    const folder = process.env.YUNFANG_SHOTS;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    for (const [n, page] of pages.entries()) {
      await page.screenshot({ path: join(folder, `failed-${n}.png`), fullPage: true }).catch(() => {});
    }
  }
}

/** The state beside the title of a console page. */
export const state = (page) => page.locator(".page-title-row .badge").first();

/** Presses something that leads to another page, and waits for that page. */
export async function go(page, locator, press = "click") {
  await Promise.all([page.waitForEvent("domcontentloaded"), locator[press]()]);
}

/** Waits until the page shows what is wanted: by itself for a moment, then asked for again. */
export async function until(page, what, locator) {
  const end = Date.now() + LIMIT;
  for (;;) {
    const shown = await locator().first().waitFor({ timeout: 400 }).then(() => true, () => false);
    if (shown) return;
    assert.ok(Date.now() < end, `${what} did not come about on ${page.url()}`);
    // A page that goes on by itself may be quicker than the reload.
    await page.reload().catch((error) => assert.match(error.message, /ERR_ABORTED/));
  }
}

/** Waits until the state beside the title says `key`; pages that follow by themselves need no reload. */
export async function untilState(page, key) {
  const text = say("zh", key);
  await until(page, text, () => page.locator(".page-title-row .badge", { hasText: text }));
}

/** Sends the form with this action; a form behind a second step is opened first. */
export async function send(page, action) {
  const confirm = page.locator("details[data-confirm]", { has: page.locator(`form[action="${action}"]`) });
  if (await confirm.count() > 0) await confirm.first().locator("> summary").click();
  await go(page, page.locator(`form[action="${action}"] button[type=submit]`).first());
}
