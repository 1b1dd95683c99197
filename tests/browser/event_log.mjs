import assert from "node:assert/strict";

// What a client received of one submission, checked as it comes in: within a generation each seq arrives once
// and in order, whatever happens to the socket. A StreamReset ends a generation and a snapshot follows it.
export class EventLog {
  lastCursor = null;
  received = 0;
  #seq = null;
  #previous = null;
  #generations = 1;
  #connections = 0;
  #output = emptyOutput();
  #finished = null;

  // Called for every new connection, before its first event.
  open(resumed) {
    this.#connections += 1;
    this.#previous = resumed ? "resumed" : "opened";
  }

  append(event) {
    assert.equal(this.#finished, null, `${event.__typename} after the terminal event`);
    this.#expectSnapshotWhereDue(event);
    switch (event.__typename) {
      case "SubmissionSnapshot":
        this.#seq = event.seq;
        this.#output = outputOf(event.submission);
        break;
      case "StreamReset":
        this.#generations += 1;
        break;
      case "QueuePositionChanged":
        // Told and not logged: it has no place of its own in the sequence.
        break;
      default:
        this.#advance(event);
    }
    this.#previous = event.__typename;
    this.lastCursor = event.cursor;
  }

  // Called when the server has completed the stream. Returns the submission with its verdict.
  finish() {
    assert.notEqual(this.#finished, null, "the stream was completed without its terminal event");
    const { output } = this.#finished;
    if (!output.truncated) {
      assert.equal(this.#output.STDOUT.toString(), output.stdout, "the chunks add up to the stored output");
      assert.equal(this.#output.STDERR.toString(), output.stderr, "the chunks add up to the stored errors");
    }
    return this.#finished;
  }

  get connections() {
    return this.#connections;
  }

  get resets() {
    return this.#generations - 1;
  }

  summary() {
    return `${this.received} events in order up to seq ${this.#seq}, ${this.#generations} generation(s), ${this.#connections} connections`;
  }

  #expectSnapshotWhereDue(event) {
    const isSnapshot = event.__typename === "SubmissionSnapshot";
    if (this.#previous === "opened" || this.#previous === "StreamReset") {
      assert.ok(isSnapshot, `a snapshot comes first, not ${event.__typename}`);
    } else {
      assert.ok(!isSnapshot, `a snapshot came after ${this.#previous}`);
    }
  }

  #advance(event) {
    const isEnd = event.__typename === "SubmissionFinished";
    // Something that had ended before it was asked for: the snapshot already counts the terminal event.
    const isEndInSnapshot = isEnd && this.#previous === "SubmissionSnapshot" && event.seq === this.#seq;
    if (!isEndInSnapshot) {
      assert.equal(event.seq, this.#seq + 1, `${event.__typename} has seq ${event.seq} after ${this.#seq}`);
    }
    this.#seq = event.seq;
    this.received += 1;
    if (event.__typename === "OutputChunk") {
      this.#write(event);
    }
    if (isEnd) {
      this.#finished = event.submission;
    }
  }

  // A snapshot may already hold what the chunks behind it bring, so they are written where they belong.
  #write({ stream, text, offset }) {
    const written = this.#output[stream];
    assert.ok(offset <= written.length, `${offset - written.length} bytes of ${stream} are missing`);
    const chunk = Buffer.from(text);
    this.#output[stream] = Buffer.concat([written.subarray(0, offset), chunk, written.subarray(offset + chunk.length)]);
  }
}

function emptyOutput() {
  return { STDOUT: Buffer.alloc(0), STDERR: Buffer.alloc(0) };
}

function outputOf({ output }) {
  return output === null ? emptyOutput() : { STDOUT: Buffer.from(output.stdout), STDERR: Buffer.from(output.stderr) };
}
