/** aws-signature: signs a request without a body by AWS Signature Version 4, as S3-compatible storage and AWS interfaces check it. */
import { createHash, createHmac } from "node:crypto";

export interface AwsKeys {
  readonly service: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string | undefined;
}

/** The headers that sign a GET of this address at that time. */
export function signedHeaders(url: URL, keys: AwsKeys, now: number): Record<string, string> {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const day = stamp.slice(0, 8);
  const content = sha256("");
  const headers: Record<string, string> = {
    host: url.host,
    ...(keys.service === "s3" ? { "x-amz-content-sha256": content } : {}),
    "x-amz-date": stamp,
    ...(keys.sessionToken === undefined ? {} : { "x-amz-security-token": keys.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    "GET",
    url.pathname,
    canonicalQuery(url.searchParams),
    ...names.map((name) => `${name}:${headers[name] ?? ""}`),
    "",
    names.join(";"),
    content,
  ].join("\n");
  const scope = `${day}/${keys.region}/${keys.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical)].join("\n");
  const key = [day, keys.region, keys.service, "aws4_request"].reduce<string | Buffer>(
    (inner, part) => createHmac("sha256", inner).update(part).digest(),
    `AWS4${keys.secretKey}`,
  );
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKey}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

/** As AWS encodes: also what encodeURIComponent leaves alone. */
export const awsEncoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]) => `${awsEncoded(name)}=${awsEncoded(value)}`)
    .sort()
    .join("&");
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
