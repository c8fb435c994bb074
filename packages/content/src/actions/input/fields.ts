/** fields: the inputs that actions have in common, with the words that forms show. */
import { z } from "zod";

/** No spaces, no control characters, nothing that starts like an option. */
export const host = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, "the name of a host")
  .meta({ title: "Host", description: "As the connector names it" });

export const user = z
  .string()
  .regex(/^[^\s\u0000-\u001f\u007f-][^\u0000-\u001f\u007f]{0,255}$/u, "the name of a user")
  .meta({ title: "User" });

export const address = z
  .string()
  .regex(/^[0-9a-fA-F.:]{2,45}(?:\/\d{1,3})?$/, "an address or a range")
  .meta({ title: "Address", description: "An address or a range such as 203.0.113.0/24" });

export const domain = z.string().min(3).max(253).meta({ title: "Domain", description: "It and every name below it" });
