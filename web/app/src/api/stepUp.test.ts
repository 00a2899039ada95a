import { afterEach, expect, test, vi } from "vitest";
import { answerStepUp, fetchProven } from "./stepUp";

const refusal = () => new Response(JSON.stringify({ code: "auth.step_up" }), { status: 403 });
const request = () => new Request("http://localhost/api/v1/members", { method: "POST", body: '{"name":"Ada"}' });
/** A server that wants a proof until it has one, and tells what was sent to it. */
function serve() {
  const bodies: string[] = [];
  const server = { proven: false, bodies };
  vi.stubGlobal("fetch", async (r: Request) => {
    bodies.push(await r.text());
    return server.proven ? new Response("{}", { status: 201 }) : refusal();
  });
  return server;
}
let stop = () => {};
afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

test("a proven request is sent again with the same body, and all that waited with one question", async () => {
  const server = serve();
  let asked = 0;
  stop = answerStepUp(() => {
    asked += 1;
    return new Promise((done) => setTimeout(() => done((server.proven = true))));
  });
  const answers = await Promise.all([fetchProven(request()), fetchProven(request())]);
  expect(answers.map((a) => a.status)).toEqual([201, 201]);
  expect(asked).toBe(1);
  expect(new Set(server.bodies)).toEqual(new Set(['{"name":"Ada"}']));
  expect(server.bodies).toHaveLength(4);
});

test("who cancels gets the refusal, still readable; the next request asks anew", async () => {
  serve();
  const asks = vi.fn(async () => false);
  stop = answerStepUp(asks);
  expect(await (await fetchProven(request())).json()).toEqual({ code: "auth.step_up" });
  await fetchProven(request());
  expect(asks).toHaveBeenCalledTimes(2);
});

test("another refusal asks nobody", async () => {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ code: "access.denied" }), { status: 403 }));
  const asks = vi.fn(async () => true);
  stop = answerStepUp(asks);
  expect((await fetchProven(request())).status).toBe(403);
  expect(asks).not.toHaveBeenCalled();
});
