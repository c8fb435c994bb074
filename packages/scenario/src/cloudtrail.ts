/** cloudtrail: one record of an AWS CloudTrail file. */
import type { Random } from "./random.ts";
import type { Emission } from "./world.ts";

export interface CloudCall {
  readonly at_ms: number;
  /** "s3" becomes s3.amazonaws.com. */
  readonly service: string;
  readonly event: string;
  readonly identity: "IAMUser" | "Root" | "AssumedRole" | "AWSService";
  readonly user: string;
  readonly from: string;
  readonly agent: string;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

export const ACCOUNT = "111122223333";

export function cloudCall(random: Random, call: CloudCall): Emission {
  const uuid = `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`;
  const record = {
    eventVersion: "1.11",
    userIdentity: identity(call),
    eventTime: `${new Date(call.at_ms).toISOString().slice(0, 19)}Z`,
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.event,
    awsRegion: "eu-central-1",
    sourceIPAddress: call.identity === "AWSService" ? `${call.service}.amazonaws.com` : call.from,
    userAgent: call.agent,
    ...(call.error === undefined ? {} : { errorCode: call.error, errorMessage: "The call was refused." }),
    requestParameters: call.parameters,
    responseElements: call.response ?? null,
    requestID: random.hex(16).toUpperCase(),
    eventID: uuid,
    readOnly: /^(Get|List|Describe|Head|Lookup)/.test(call.event),
    eventType: call.event === "ConsoleLogin" ? "AwsConsoleSignIn" : "AwsApiCall",
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: "Management",
  };
  return { at_ms: call.at_ms, input: "http", source: "aws-cloudtrail", write: () => JSON.stringify(record) };
}

function identity(call: CloudCall): Record<string, unknown> {
  switch (call.identity) {
    case "Root":
      return { type: "Root", principalId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT };
    case "AWSService":
      return { type: "AWSService", invokedBy: `${call.service}.amazonaws.com` };
    case "AssumedRole":
      return {
        type: "AssumedRole",
        principalId: `AROAEXAMPLE:${call.user}`,
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${call.user}/session`,
        accountId: ACCOUNT,
        sessionContext: {
          sessionIssuer: { type: "Role", userName: call.user, accountId: ACCOUNT },
          attributes: { mfaAuthenticated: "false" },
        },
      };
    case "IAMUser":
      return {
        type: "IAMUser",
        principalId: `AIDAEXAMPLE${call.user.toUpperCase()}`,
        arn: `arn:aws:iam::${ACCOUNT}:user/${call.user}`,
        accountId: ACCOUNT,
        userName: call.user,
      };
  }
}
