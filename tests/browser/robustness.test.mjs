// What goes wrong in practice: impatience, replays, other people's addresses, no script, no mouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Town, go, say, state, until, untilState } from "./people.mjs";
import { balance, buy, openProduct, order, pay, serviceLink } from "./shopping.mjs";

const NEIGHBOUR = "purchasing@beidu.example";
const PRODUCT = "税历合规助手";
let town;

before(async () => { town = await Town.open(); });
after(async () => { await town?.close(); });

const story = (name, body) => test(name, () => town.scene(body));
const path = (page) => new URL(page.url()).pathname;

/** Everything that the form with this action would send. */
const fields = (page, action) => page.locator(`form[action="${action}"]`).first().evaluate(
  (form) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])));

/** Sends a form by hand, without following; `times` at once. */
async function post(page, action, form, times = 1) {
  const headers = { origin: town.market.base };
  const one = () => page.request.post(action, { form, headers, maxRedirects: 0 });
  return Promise.all(Array.from({ length: times }, one));
}

/** The balance in hundredths. */
async function cents(page) {
  const text = await balance(page);
  return Math.round(Number(text.replace(/[^\d.]/g, "")) * 100);
}

/** The sum on a button or page: the first amount. */
const amount = (text) => Math.round(Number(text.match(/[\d,]+\.\d\d/)[0].replaceAll(",", "")) * 100);

story("a double click on pay charges once", async () => {
  const page = await town.page("buyer");
  const start = await cents(page);
  await openProduct(page, PRODUCT);
  const orderPath = await order(page);
  const button = page.locator('form[action$="/pay"] button[type=submit]');
  const price = amount(await button.innerText());
  assert.ok(price > 0);
  await page.locator("input[name=provider][value=BALANCE]").check();
  await go(page, button, "dblclick");
  await untilState(page, "state-order-COMPLETED");
  assert.equal(await cents(page), start - price);
  await page.goto(orderPath);
  await until(page, "one payment", () => page.locator(".badge", { hasText: say("zh", "state-payment-SUCCEEDED") }));
  assert.equal(await page.locator(".badge", { hasText: say("zh", "state-payment-SUCCEEDED") }).count(), 1);
});

story("the same form sent again changes nothing more", async () => {
  const page = await town.page("buyer");
  await openProduct(page, PRODUCT);
  const orderPath = await order(page);
  const action = `${orderPath}/pay`;
  const price = amount(await page.locator(`form[action="${action}"] button[type=submit]`).innerText());
  await page.locator("input[name=provider][value=BALANCE]").check();
  const sent = await fields(page, action);
  const start = await cents(page);
  const answers = await post(page, action, sent, 3);
  const later = await post(page, action, sent);
  for (const answer of [...answers, ...later]) {
    assert.ok([303, 409, 422].includes(answer.status()), `a replay is answered with ${answer.status()}`);
  }
  assert.ok(answers.some((answer) => answer.status() === 303), "nobody could pay");
  assert.equal(await cents(page), start - price);
  await page.goto(orderPath);
  await untilState(page, "state-order-COMPLETED");
  assert.equal(await cents(page), start - price);
});

story("a form without a proper token is refused with advice", async () => {
  const page = await town.page("buyer");
  await openProduct(page, PRODUCT);
  const orderPath = await order(page);
  const action = `${orderPath}/cancel`;
  const sent = await fields(page, action);
  for (const form of [{ ...sent, csrf: "wrong" }, {}]) {
    const [answer] = await post(page, action, form);
    assert.equal(answer.status(), 403);
    const text = await answer.text();
    assert.ok(text.includes(say("zh", "error-form-expired-title")), "the refusal does not say what to do");
    assert.ok(text.includes(say("zh", "error-form-expired")));
  }
  const foreign = await page.request.post(action, { form: sent, headers: { origin: "https://elsewhere.example" }, maxRedirects: 0 });
  assert.equal(foreign.status(), 403);
  await page.goto(orderPath);
  assert.equal(await state(page).innerText(), say("zh", "state-order-PENDING_PAYMENT"));
});

story("other companies' orders and services do not exist, in the reader's language", async () => {
  const page = await town.page("buyer");
  const orderPath = await buy(page, PRODUCT);
  await serviceLink(page).waitFor();
  const servicePath = await serviceLink(page).getAttribute("href");
  for (const address of [orderPath, servicePath]) assert.equal((await page.goto(address)).status(), 200);

  const neighbour = await town.page(NEIGHBOUR);
  for (const language of ["zh", "en"]) {
    await neighbour.goto(`/?lang=${language}`);
    for (const address of [orderPath, servicePath]) {
      const answer = await neighbour.goto(address);
      assert.equal(answer.status(), 404, address);
      assert.equal(await neighbour.locator("html").getAttribute("lang"), language === "zh" ? "zh-CN" : "en");
      assert.equal(await neighbour.locator("h1").innerText(), say(language, "error-not-found-title"));
    }
  }
  await neighbour.goto("/?lang=zh");
  const csrf = await neighbour.locator("input[name=csrf]").first().inputValue();
  for (const action of [`${orderPath}/cancel`, `${servicePath}/release`, `${servicePath}/unsubscribe`]) {
    const [answer] = await post(neighbour, action, { csrf });
    assert.equal(answer.status(), 404, action);
  }
  // The operator's console shows itself to operators only.
  for (const console of ["/operator", "/operator/orders", orderPath.replace("/buyer/", "/operator/")]) {
    assert.equal((await neighbour.goto(console)).status(), 404, console);
  }
  const selling = await neighbour.goto("/seller");
  assert.equal(selling.status(), 403);
  assert.ok((await neighbour.locator("main").innerText()).includes(say("zh", "error-forbidden-title")));
});

story("unknown addresses and identities answer 404 with a way on", async () => {
  const visitor = await town.visit(null);
  for (const address of ["/nowhere", "/product/prd_unknown", "/category/nothing", "/shop/org_unknown", "/files/fil_unknown"]) {
    assert.equal((await visitor.goto(address)).status(), 404, address);
  }
  await visitor.goto("/product/%F0%9F%90%89");
  await visitor.locator(".error-links a").first().click();
  await visitor.waitForURL((url) => url.pathname === "/");
  await visitor.context().close();
  const consoles = {
    buyer: ["/buyer/orders/ord_unknown", "/buyer/services/ins_unknown", "/buyer/agreements/ord_unknown", "/buy/prd_unknown"],
    seller: ["/seller/products/prd_unknown", "/seller/applications/app_unknown", "/seller/orders/x", "/seller/services/x", "/seller/calls/x"],
    operator: ["/operator/orders/x", "/operator/services/x", "/operator/calls/x", "/operator/jobs/x", "/operator/mails/x",
      "/operator/applications/x", "/operator/products/x", "/operator/organisations/x"],
  };
  for (const [who, addresses] of Object.entries(consoles)) {
    const page = await town.page(who);
    for (const address of addresses) {
      assert.equal((await page.goto(address)).status(), 404, address);
      assert.equal(await page.locator("h1").innerText(), say("zh", "error-not-found-title"), address);
    }
  }
});

story("the whole purchase works without script", async () => {
  const page = await town.visit("buyer", { javaScriptEnabled: false });
  await page.goto("/");
  await page.locator("#site-search").fill(PRODUCT);
  await page.locator(".search button[type=submit]").click();
  await page.locator(".product-name a", { hasText: PRODUCT }).first().click();
  await page.waitForURL("**/product/**");
  const before = await page.locator("[data-quote] .price-sum").innerText();
  await page.locator(".choice-item").nth(1).click();
  await page.locator('form.chooser button[formaction^="/product/"]').click();
  await page.waitForURL("**/product/**spec=**");
  assert.notEqual(await page.locator("[data-quote] .price-sum").innerText(), before, "the price does not follow the choice");
  const orderPath = await order(page);
  await pay(page);
  await page.waitForURL(`**${orderPath}`);
  await untilState(page, "state-order-COMPLETED");
  await serviceLink(page).click();
  await untilState(page, "state-instance-IN_USE");
  // Second steps open in place.
  const end = page.locator("details[data-confirm] > summary").first();
  await end.click();
  await page.locator("details[data-confirm][open] button[type=submit]").first().waitFor();
  // The log-out works too; the session of this copy of the cookies ends for all copies, so it is not pressed here.
  assert.equal(await page.locator('form[action="/logout"] button').count(), 1);
  await page.context().close();
});

story("logging in and searching with the keyboard alone", async () => {
  const page = await town.visit(null);
  /** Presses Tab until the wanted element has the focus. */
  const tabTo = async (selector) => {
    for (let n = 0; n < 60; n += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    }
    assert.fail(`Tab does not reach ${selector}`);
  };
  await page.goto("/");
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement.matches("a.skip")), "the first stop is not the skip link");
  await page.keyboard.press("Enter");
  assert.equal(new URL(page.url()).hash, "#main");
  await page.goto("/");
  await tabTo('a[href="/login"]');
  await page.keyboard.press("Enter");
  await page.waitForURL("**/login");
  await tabTo("input[name=email]");
  await page.keyboard.type(town.mail("partner"));
  await tabTo("input[name=password]");
  await page.keyboard.type(town.market.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/login");
  await page.goto("/");
  await tabTo("#site-search");
  // A visible ring around whatever has the focus.
  const ring = await page.evaluate(() => {
    const look = (el) => {
      const s = getComputedStyle(el);
      return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
    };
    let el = document.activeElement;
    for (let n = 0; n < 3 && el; n += 1, el = el.parentElement) if (look(el)) return true;
    return false;
  });
  assert.ok(ring, "the focus cannot be seen");
  await page.keyboard.type("accounting");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/search?q=accounting");
  await tabTo(".product-name a");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/product/**");
  // The menu of the account opens with Enter and closes with Escape.
  await tabTo(".store-tools details summary");
  await page.keyboard.press("Enter");
  await page.locator('form[action="/logout"] button').waitFor();
  await page.keyboard.press("Escape");
  await page.locator('form[action="/logout"] button').waitFor({ state: "hidden" });
  await page.context().close();
});

story("suggestions are reached with the arrow keys", async () => {
  const page = await town.visit(null);
  await page.goto("/");
  await page.locator("#site-search").pressSequentially("墨账");
  await page.locator("#search-suggestions [role=option]").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.locator("#search-suggestions [aria-selected=true]").waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/");
  await page.context().close();
});

story("on a phone no page scrolls sideways", async () => {
  const wide = [];
  const look = async (page, address) => {
    await page.goto(address);
    const [content, screen] = await page.evaluate(() => {
      const root = document.scrollingElement;
      return [root.scrollWidth, root.clientWidth];
    });
    if (content > screen) wide.push(`${address}: ${content} > ${screen}`);
  };
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
  const own = await town.page("buyer");
  await own.goto("/buyer/orders");
  const firstOrder = await own.locator('tr a[href^="/buyer/orders/"]').first().getAttribute("href");
  await own.goto("/buyer/services");
  const service = await own.locator('a[href^="/buyer/services/ins_"]').first().getAttribute("href");
  await openProduct(own, PRODUCT);
  const product = path(own);
  const pages = {
    "": ["/", "/search?q=%E8%B4%A2%E5%8A%A1", product, "/login", "/register", "/help", "/sell", "/docs", "/nowhere"],
    buyer: ["/buyer", "/buyer/orders", firstOrder, "/buyer/services", service, "/buyer/renewals", "/buyer/balance",
      "/messages", "/account", "/account/members", "/account/organisation", product.replace("/product/", "/buy/")],
    seller: ["/seller", "/seller/products", "/seller/products/new", "/seller/orders", "/seller/calls", "/seller/keys",
      "/seller/income", "/seller/shop"],
    operator: ["/operator", "/operator/applications", "/operator/orders", firstOrder.replace("/buyer/", "/operator/"),
      "/operator/calls", "/operator/jobs", "/operator/ledger", "/operator/settings", "/operator/audit"],
  };
  for (const [who, addresses] of Object.entries(pages)) {
    const page = await town.visit(who || null, phone);
    for (const address of addresses) await look(page, address);
    await page.context().close();
  }
  assert.deepEqual(wide, []);
});

story("the chosen theme and language stay", async () => {
  const page = await town.visit(null);
  await page.goto("/");
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await colour();
  await page.locator("[data-theme-switch]").first().click();
  await page.locator("html[data-theme=dark]").waitFor();
  assert.notEqual(await colour(), light);
  await page.locator(".store-tools a[hreflang=en]").click();
  await page.locator("html[lang=en]").waitFor();
  for (const address of ["/search", "/login", "/help"]) {
    await page.goto(address);
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark", address);
    assert.equal(await page.locator("html").getAttribute("lang"), "en", address);
  }
  // A new window of the same browser remembers, also without script.
  const copy = await town.visit(null, { storageState: await page.context().storageState(), javaScriptEnabled: false });
  await copy.goto("/");
  assert.equal(await copy.locator("html").getAttribute("data-theme"), "dark");
  await copy.locator("[data-theme-switch]").first().click();
  await copy.locator("html[data-theme=light]").waitFor();
  await copy.context().close();
  await page.context().close();
});

story("after logging out, the pages of before ask to log in", async () => {
  const page = await town.visit(null);
  await town.logIn(page, NEIGHBOUR);
  await page.goto("/buyer/orders");
  const cookies = await page.context().cookies();
  await page.goto("/buyer/balance");
  await page.locator(".top-tools details summary").last().click();
  await page.locator('form[action="/logout"] button').click();
  await page.waitForURL((url) => url.pathname === "/");
  await page.goBack();
  await page.waitForURL("**/login?next=**");
  // Whoever kept the cookies has nothing either.
  await page.context().addCookies(cookies);
  await page.goto("/buyer/orders");
  assert.equal(path(page), "/login");
  await page.context().close();
});

story("too many wrong passwords lock the account, and the page says so", async () => {
  const page = await town.visit(null);
  await page.goto("/login");
  const attempt = async (password) => {
    await page.locator("input[name=email]").fill("purchasing@yingshan.example");
    await page.locator("input[name=password]").fill(password);
    const [answer] = await Promise.all([
      page.waitForResponse((r) => r.request().method() === "POST" && r.url().endsWith("/login")),
      go(page, page.locator('form[action="/login"] button[type=submit]')),
    ]);
    return answer.status();
  };
  const alert = page.locator(".alert-danger");
  assert.equal(await attempt("not the password"), 422);
  assert.ok((await alert.innerText()).includes(say("zh", "error-login-failed")));
  for (let n = 0; n < 4; n += 1) await attempt("not the password");
  // Now not even the right one helps.
  assert.equal(await attempt(town.market.password), 422);
  assert.ok((await alert.innerText()).includes(say("zh", "error-login-locked")));
  await page.context().close();
});
