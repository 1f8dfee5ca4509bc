// The steps of a row that goes on after a failure, and the line of JSON that says how they went.

export class Report {
  #steps = [];

  constructor(client, version) {
    this.client = client;
    this.version = version;
  }

  /** `problems` are what is wrong, none when all is well. */
  step(name, problems, detail = '') {
    const ok = problems.length === 0;
    const text = ok ? detail : problems.join('; ').slice(0, 1000);
    this.#steps.push({ name, ok, detail: text });
    console.error(`${ok ? 'ok   ' : 'FAILS'} ${name}: ${text}`);
  }

  finish() {
    const { client, version } = this;
    process.stdout.write(`${JSON.stringify({ client, version, steps: this.#steps })}\n`);
    process.exitCode = this.#steps.length > 0 && this.#steps.every((step) => step.ok) ? 0 : 1;
  }
}
