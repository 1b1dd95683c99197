// The events of one submission, folded into what a page shows of it.

export interface RunOutput {
  stdout: string;
  stderr: string;
  truncated: boolean;
}

export interface RunCheck {
  id: string;
  status: string;
}

export interface RunSubmission {
  id: string;
  status?: string;
  verdict?: string | null;
  output?: RunOutput | null;
  checks?: readonly RunCheck[];
}

export type RunEvent = { __typename: string; cursor: string; seq: number } & {
  submission?: RunSubmission;
  check?: RunCheck;
  stream?: "STDOUT" | "STDERR";
  text?: string;
  offset?: number;
  truncated?: boolean;
  position?: number | null;
  etaMs?: number | null;
};

export interface RunState {
  submission: RunSubmission | null;
  output: RunOutput;
  // Bytes of UTF-8 in `output`.
  received: { stdout: number; stderr: number };
  checks: readonly RunCheck[];
  queuePosition: number | null;
  etaMs: number | null;
  isFinished: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const emptyRun: RunState = {
  submission: null,
  output: { stdout: "", stderr: "", truncated: false },
  received: { stdout: 0, stderr: 0 },
  checks: [],
  queuePosition: null,
  etaMs: null,
  isFinished: false,
};

// Pure, so it fits `useReducer`. Events of a type that it does not know change nothing.
export function foldRun(state: RunState, event: RunEvent): RunState {
  switch (event.__typename) {
    case "SubmissionSnapshot":
      return whole(event.submission!, false);
    case "SubmissionFinished":
      return whole(event.submission!, true);
    case "QueuePositionChanged":
      return { ...state, queuePosition: event.position ?? null, etaMs: event.etaMs ?? null };
    case "SubmissionStarted":
      return { ...state, queuePosition: null, etaMs: null };
    case "OutputChunk":
      return written(state, event);
    case "CheckStarted":
    case "CheckFinished":
      return { ...state, checks: withCheck(state.checks, event.check!) };
    default:
      // A StreamReset as well: the snapshot behind it replaces everything.
      return state;
  }
}

function whole(submission: RunSubmission, isFinished: boolean): RunState {
  const output = submission.output ?? emptyRun.output;
  const received = { stdout: encoder.encode(output.stdout).length, stderr: encoder.encode(output.stderr).length };
  return { ...emptyRun, submission, output, received, checks: submission.checks ?? [], isFinished };
}

function withCheck(checks: readonly RunCheck[], check: RunCheck): readonly RunCheck[] {
  const known = checks.some(({ id }) => id === check.id);
  return known ? checks.map((other) => (other.id === check.id ? { ...other, ...check } : other)) : [...checks, check];
}

// A snapshot may hold the beginning of a chunk that follows it, so of a chunk counts what comes after the bytes received.
function written(state: RunState, { stream, text = "", offset = 0, truncated = false }: RunEvent): RunState {
  const name = stream === "STDERR" ? "stderr" : "stdout";
  const bytes = encoder.encode(text);
  const known = Math.max(0, state.received[name] - offset);
  const added = known === 0 ? text : decoder.decode(bytes.subarray(known));
  const output = { ...state.output, [name]: state.output[name] + added, truncated: state.output.truncated || truncated };
  return { ...state, output, received: { ...state.received, [name]: Math.max(state.received[name], offset + bytes.length) } };
}
