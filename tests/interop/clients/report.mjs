// The steps of one client, and the line of JSON that says how they went.

export class Report {
  #steps = [];
  #overdue;

  constructor(client, version, seconds = 60) {
    this.client = client;
    this.version = version;
    this.#overdue = new Promise((_, reject) => {
      setTimeout(() => reject(new Error(`not done ${seconds} s after the start`)), seconds * 1000).unref();
    });
    this.#overdue.catch(() => {});
  }

  /** Runs a step. A later one needs what an earlier one brought, so the first failure ends the walk. */
  async step(name, action) {
    try {
      const detail = String((await Promise.race([action(), this.#overdue])) ?? '');
      this.#steps.push({ name, ok: true, detail });
      console.error(`ok    ${name}: ${detail}`);
    } catch (error) {
      this.#fail(name, error);
      throw new StepFailed(name, { cause: error });
    }
  }

  #fail(name, error) {
    this.#steps.push({ name, ok: false, detail: String(error?.message ?? error).slice(0, 600) });
    console.error(`FAILS ${name}: ${error?.stack ?? error}`);
  }

  /** Walks, cleans up, prints the report and ends the process. */
  async finish(walk, cleanUp) {
    try {
      await walk();
    } catch (error) {
      if (!(error instanceof StepFailed)) this.#fail('between steps', error);
    }
    await cleanUp();
    const { client, version } = this;
    const line = `${JSON.stringify({ client, version, steps: this.#steps })}\n`;
    const ok = this.#steps.length > 0 && this.#steps.every((step) => step.ok);
    process.stdout.write(line, () => process.exit(ok ? 0 : 1));
  }
}

class StepFailed extends Error {}
