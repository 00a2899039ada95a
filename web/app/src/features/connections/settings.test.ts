import { expect, test } from "vitest";
import { changes, editSchema, settingAt } from "./settings";

test("only what is another than before is sent, null for what was emptied, secrets when typed", () => {
  const before = { settings: { url: "https://a.example", client: "7", live: true } };
  expect(changes({ url: "https://a.example", client: "", live: false, token: "" }, before)).toEqual({ client: null, live: false });
  expect(changes({ url: "https://b.example", client: "7", live: true, token: "sesame" }, before)).toEqual({ url: "https://b.example", token: "sesame" });
});

test("a secret that is set need not be typed again", () => {
  const schema = { type: "object", required: ["url", "token"], properties: { url: { type: "string" }, token: { type: "string", "x-secret": true } } } as const;
  const kept = { en: "Kept.", it: "Resta." };
  const edit = editSchema(schema as never, ["token"], kept);
  expect(edit.required).toEqual(["url"]);
  expect(edit.properties?.["token"]?.["x-help"]).toEqual(kept);
  expect(editSchema(schema as never, [], kept).required).toEqual(["url", "token"]);
});

test("a pointer names a setting", () => expect([settingAt("/token"), settingAt("/a/b"), settingAt("/")]).toEqual(["token", "a", ""]));
