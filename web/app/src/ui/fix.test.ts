import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fixRoute } from "./fix";

const repository = new URL("../../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, repository), "utf8");

/** Every fix the default templates name, and those of the facts the engine knows by itself. */
const sources = ["tenants/templates/application.yaml", "tenants/templates/submission.yaml", "core/workflow/builtin.go", "core/workflow/blocker.go"];
const fixes = [...new Set(sources.flatMap((s) => [...read(s).matchAll(/"((?:form|connector|document):[a-z_]*)"/g)].map((m) => m[1]!)))];

test("the templates name fixes", () => expect(fixes.length).toBeGreaterThan(8));

test.each(fixes)("%s leads somewhere", (fix) => {
  expect(fixRoute(fix, "app_1")).not.toBeNull();
});

test("a document opens the list at its kind and person", () => {
  expect(fixRoute("document:payslip", "app_1", { subject: "sub_2", kind: "payslip" })).toEqual({
    to: "/applications/$id",
    params: { id: "app_1" },
    search: { tab: "documents", kind: "payslip", subject: "sub_2" },
  });
});

test("figures open the ratios with their working", () => {
  expect(fixRoute("form:ratios", "app_1")).toMatchObject({ search: { tab: "overview", edit: "ratios" } });
});

test("a risk profile is set on the person", () => {
  expect(fixRoute("form:facts", "app_1", { fact: "risk_profile", subject: "sub_2" })).toMatchObject({ to: "/subjects/$id", hash: "risk" });
  expect(fixRoute("form:facts", "app_1", { fact: "application.risk_profile" })).toMatchObject({ search: { tab: "parties" } });
});

test("an agreement is the agency's, an answer the connector's", () => {
  expect(fixRoute("form:lender", "app_1")).toEqual({ to: "/settings/lenders" });
  expect(fixRoute("connector:bankportal", "app_1")).toEqual({ to: "/operations" });
});

test("a template's own form opens the facts", () => {
  expect(fixRoute("form:hearing", "app_1")).toMatchObject({ search: { edit: "facts" } });
});

test("what nobody fixes leads nowhere", () => expect(fixRoute("", "app_1")).toBeNull());
