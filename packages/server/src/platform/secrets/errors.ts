/** errors: the codes of sealed secrets. */
import { errorsOf } from "../errors/index.ts";

export const secretsFail = errorsOf({ SECRETS_UNREADABLE: { status: 500, retryable: false } });
