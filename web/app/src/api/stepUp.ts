/** Asks the person to prove who they are; false when they would rather not. */
type Ask = () => Promise<boolean>;

let ask: Ask | null = null;
let asking: Promise<boolean> | null = null;

/** Says who asks: the one dialog of the page. Returns how to take that back. */
export function answerStepUp(by: Ask): () => void {
  ask = by;
  return () => {
    if (ask === by) ask = null;
  };
}

/**
 * Sends a request; one that wants a fresh proof of the person (403 auth.step_up) is sent again once they gave it. Requests
 * that are refused meanwhile wait for the same answer. Whoever cancels gets the refusal itself.
 */
export async function fetchProven(request: Request): Promise<Response> {
  const again = request.clone(); // a body is read once
  const answer = await fetch(request);
  if (!ask || !(await wantsProof(answer))) return answer;
  asking ??= ask().finally(() => (asking = null));
  return (await asking) ? fetch(again) : answer;
}

async function wantsProof(answer: Response): Promise<boolean> {
  if (answer.status !== 403) return false;
  const body: unknown = await answer.clone().json().catch(() => null);
  return typeof body === "object" && body !== null && "code" in body && body.code === "auth.step_up";
}
