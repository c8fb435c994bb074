/** object-list: folders and objects in S3-compatible storage, by ListObjectsV2 with path-style addresses. */
import type { Refused } from "./answer.ts";
import { awsEncoded } from "./aws-signature.ts";
import type { Client } from "./client.ts";

export interface StoredObject {
  readonly key: string;
  readonly at: number;
}

export interface Bucket {
  readonly client: Client;
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly bucket: string;
}

type Listed = { readonly ok: true; readonly objects: StoredObject[]; readonly folders: string[] } | Refused;

/** @param pattern folders with "/" at the end; a part that is "*" stands for all there are */
export async function foldersOf(bucket: Bucket, pattern: string): Promise<{ ok: true; folders: string[] } | Refused> {
  let found = [""];
  for (const part of pattern.split("/").filter((one) => one !== "")) {
    if (part !== "*") {
      found = found.map((folder) => `${folder}${part}/`);
      continue;
    }
    const inside: string[] = [];
    for (const folder of found) {
      const listed = await list(bucket, { prefix: folder, delimiter: "/" });
      if (!listed.ok) return listed;
      inside.push(...listed.folders);
    }
    found = inside;
  }
  return { ok: true, folders: found };
}

export async function list(
  { client, endpoint, bucket }: Bucket,
  asked: { readonly prefix: string; readonly delimiter?: string },
): Promise<Listed> {
  const objects: StoredObject[] = [];
  const folders: string[] = [];
  for (let place: string | undefined; ; ) {
    const url = new URL(`${endpoint}/${awsEncoded(bucket)}`);
    url.search = Object.entries({
      "list-type": "2",
      "encoding-type": "url",
      ...asked,
      ...(place === undefined ? {} : { "continuation-token": place }),
    })
      .map(([name, value]) => `${name}=${awsEncoded(value)}`)
      .join("&");
    const answer = await client.get(url.href, { headers: { accept: "application/xml" } });
    if (!answer.ok) return answer;
    const xml = answer.body.toString("utf8");
    if (!xml.includes("<ListBucketResult"))
      return {
        ok: false,
        kind: "failed",
        status: null,
        reason: `${url.host} does not list objects: it is no S3-compatible storage.`,
      };
    for (const [, inner = ""] of xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
      const at = Date.parse(valueOf(inner, /<LastModified>([^<]*)</));
      objects.push({ key: decoded(valueOf(inner, /<Key>([^<]*)</)), at: Number.isNaN(at) ? 0 : at });
    }
    for (const [, inner = ""] of xml.matchAll(/<CommonPrefixes>([\s\S]*?)<\/CommonPrefixes>/g))
      folders.push(decoded(valueOf(inner, /<Prefix>([^<]*)</)));
    const next = plain(valueOf(xml, /<NextContinuationToken>([^<]*)</));
    if (!/<IsTruncated>true</.test(xml) || next === "" || next === place) return { ok: true, objects, folders };
    place = next;
  }
}

export const addressOf = ({ endpoint, bucket }: Bucket, key: string): string =>
  `${endpoint}/${awsEncoded(bucket)}/${key.split("/").map(awsEncoded).join("/")}`;

const valueOf = (xml: string, place: RegExp): string => place.exec(xml)?.[1] ?? "";

/** Keys come URL-encoded, as was asked for. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(plain(text).replaceAll("+", " "));
  } catch {
    return plain(text);
  }
}

const plain = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
