/** splunk-logging: the part of Splunk's client that the tests use; it brings no types of its own. */
declare module "splunk-logging" {
  export class Logger {
    constructor(config: { readonly token: string; readonly url: string });
    error: (error: Error) => void;
    send(
      event: { readonly message: unknown; readonly severity?: string },
      done: (error: Error | null | undefined, response: unknown, body: unknown) => void,
    ): void;
  }
}
