// The steps of one client, and the line of JSON that says how they went.

export class Report {
  #steps = [];

  constructor(client, version) {
    this.client = client;
    this.version = version;
  }

  /** Runs a step. A later one needs what an earlier one brought, so the first failure ends the walk. */
  async step(name, action) {
    try {
      const detail = String((await action()) ?? '');
      this.#steps.push({ name, ok: true, detail });
      console.error(`ok    ${name}: ${detail}`);
    } catch (error) {
      this.#steps.push({ name, ok: false, detail: String(error?.message ?? error).slice(0, 600) });
      console.error(`FAILS ${name}: ${error?.stack ?? error}`);
      throw new StepFailed(name, { cause: error });
    }
  }

  /** Walks, cleans up, prints the report and ends the process. */
  async finish(walk, cleanUp) {
    const timeout = setTimeout(() => {
      this.#steps.push({ name: 'in time', ok: false, detail: 'not done after 60 s' });
      this.#print();
      process.exit(1);
    }, 60_000);
    try {
      await walk();
    } catch (error) {
      if (!(error instanceof StepFailed)) {
        console.error(error?.stack ?? error);
        this.#steps.push({ name: 'run', ok: false, detail: String(error?.message ?? error).slice(0, 600) });
      }
    }
    await cleanUp();
    clearTimeout(timeout);
    this.#print();
    process.exit(this.#steps.length > 0 && this.#steps.every((step) => step.ok) ? 0 : 1);
  }

  #print() {
    const { client, version } = this;
    process.stdout.write(`${JSON.stringify({ client, version, steps: this.#steps })}\n`);
  }
}

class StepFailed extends Error {}
