// Steps of buying that several tests need.
import { go } from "./people.mjs";

/** Finds a product by its name and opens its page. */
export async function openProduct(page, name) {
  await page.goto(`/search?q=${encodeURIComponent(name)}`);
  await page.locator(".product-name a", { hasText: name }).first().click();
  await page.waitForURL("**/product/**");
}

/** From a product's page to the new order's page; returns the order's path. */
export async function order(page) {
  await page.locator("form.chooser button.btn-primary").first().click();
  await page.waitForURL("**/buy/**");
  await page.locator("input[name=agreed]").check();
  await page.locator('form[action^="/buy/"] button[type=submit]').click();
  await page.waitForURL("**/buyer/orders/**");
  return new URL(page.url()).pathname;
}

/** Pays the order that the page shows from the balance. */
export async function pay(page) {
  await page.locator("input[name=provider][value=BALANCE]").check();
  await go(page, page.locator('form[action$="/pay"] button[type=submit]'));
}

/** Finds, orders and pays; returns the order's path. */
export async function buy(page, name) {
  await openProduct(page, name);
  const path = await order(page);
  await pay(page);
  return path;
}

/** The balance as the page shows it. */
export async function balance(page) {
  await page.goto("/buyer/balance");
  return (await page.locator(".stat-value").first().innerText()).trim();
}

/** The link from an order to its service. */
export const serviceLink = (page) => page.locator('.page-actions a[href^="/buyer/services/"]');
