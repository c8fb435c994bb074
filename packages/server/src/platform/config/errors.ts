/** errors: a configuration that cannot be used. */
import { errorsOf } from "../errors/index.ts";

const CONFIG_ERRORS = { CONFIG_INVALID: { status: 400, retryable: false } } as const;

export const configFail = errorsOf(CONFIG_ERRORS);
