/** secret: decides whether a request may speak to the engine at all. Compared in constant time, before anything is read. */
import { createHash, timingSafeEqual } from "node:crypto";

export function createDoor(user: string, secret: string): (authorization: string | undefined) => boolean {
  const basic = digest(`Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`);
  const bearer = digest(`Bearer ${secret}`);
  return (authorization) => {
    const given = digest(authorization ?? "");
    const isBasic = timingSafeEqual(given, basic);
    const isBearer = timingSafeEqual(given, bearer);
    return isBasic || isBearer;
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
