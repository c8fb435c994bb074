/** role-pages: what a role sees: a control of each kind that it lacks is shown with the reason, and a view that it may not see says so. */
import assert from "node:assert/strict";
import { type Permission, type Role, ROLE_PERMISSIONS } from "@holdfast/contracts/access";
import { goTo, type Watched } from "./browser.ts";

/** A control of each kind: where it is, its name, and the permission that it needs. */
const CONTROLS: readonly (readonly [path: string, name: string, needs: Permission])[] = [
  ["/estate", "Load an estate file", "estate.write"],
  ["/changes", "Plan a change", "changes.write"],
  ["/sources", "Add a source", "sources.write"],
  ["/rules", "Read the folders again", "rules.write"],
  ["/incidents/1", "State", "incidents.work"],
];
const VIEWS: readonly (readonly [path: string, needs: Permission])[] = [
  ["/settings?tab=users", "users.read"],
  ["/settings?tab=tokens", "tokens.write"],
  ["/settings?tab=audit", "audit.read"],
  ["/settings?tab=system", "system.read"],
];

export async function rolePages(theirs: Watched, role: Role): Promise<void> {
  const { page } = theirs;
  const may = (permission: Permission): boolean => ROLE_PERMISSIONS[role].includes(permission);
  for (const [path, name, needs] of CONTROLS) {
    await goTo(page, path);
    const control = page.getByRole("button", { name, exact: false }).first();
    assert.equal((await control.getAttribute("aria-disabled")) === "true", !may(needs), `${role}: ${name}`);
    if (!may(needs))
      assert.ok((await control.getAttribute("data-tip"))?.includes(needs), `${role}: ${name} says what is missing`);
  }
  for (const [path, needs] of VIEWS) {
    await goTo(page, path);
    assert.equal(
      await page.getByRole("heading", { name: "You may not see this" }).isVisible(),
      !may(needs),
      `${role}: ${path}`,
    );
  }
  await goTo(page, "/alerts?queue=all");
  await page.getByRole("grid", { name: "Alerts" }).getByRole("row").nth(1).click();
  const acknowledge = page
    .getByRole("complementary", { name: "Alert" })
    .getByRole("button", { name: /Assign|Reopen/ })
    .first();
  assert.equal((await acknowledge.getAttribute("aria-disabled")) === "true", !may("alerts.work"), `${role}: alerts`);
}
