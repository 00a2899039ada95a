import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];
export type FieldProblem = components["schemas"]["FaultField"];

/** A file that holds what was to be deleted. */
export type Holder = { id: string; number: string; state: string };

/** One reason why an event cannot happen now, and what clears it. */
export type Blocker = components["schemas"]["WorkflowBlocker"];

/** What the server answered instead of a result: RFC 9457, or a stand-in when nothing readable came back. */
export class ProblemError extends Error {
  readonly problem: Problem;
  /** Seconds to wait, of a 429 or 503. */
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null = null) {
    super(problem.detail || problem.title);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  get status() {
    return this.problem.status;
  }
  get code() {
    return this.problem.code;
  }
  /** Somebody else changed it after this person read it. */
  get stale() {
    return this.problem.status === 412;
  }
  get fields(): FieldProblem[] {
    return this.problem.errors ?? [];
  }
  get blockers(): Blocker[] {
    return Array.isArray(this.problem.blockers) ? (this.problem.blockers as Blocker[]) : [];
  }
  get holders(): Holder[] {
    return Array.isArray(this.problem.applications) ? (this.problem.applications as Holder[]) : [];
  }
}

const standIn = (status: number, code: string): Problem => ({ type: "about:blank", title: code, status, detail: "", code });

/** Makes an error of any answer that is not a success. */
export function problemOf(body: unknown, response: Response): ProblemError {
  const wait = Number(response.headers.get("Retry-After"));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null;
  const readable = typeof body === "object" && body !== null && "code" in body;
  return new ProblemError(readable ? (body as Problem) : standIn(response.status, "web.unreadable"), retryAfter);
}

/** Nothing came back at all. */
export const offline = () => new ProblemError(standIn(0, "web.offline"));

/** A refusal of which only the code came with the address: a whole page was refused, and the browser went on from there. */
export const refusal = (code: string) => new ProblemError(standIn(0, code));

export const isProblem = (error: unknown): error is ProblemError => error instanceof ProblemError;
