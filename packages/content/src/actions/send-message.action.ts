/** send-message: tells people: by mail, chat, pager or webhook. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";

export default defineAction({
  name: "send-message",
  title: "Send message",
  description: "Sends a message to people. Changes nothing in the estate.",
  capability: "messages",
  effect: "read",
  input: z.strictObject({
    to: z
      .string()
      .max(1_000)
      .default("")
      .meta({ title: "To", description: "Address or channel; empty: as the connector is set" }),
    subject: z.string().min(1).max(300).meta({ title: "Subject" }),
    text: z.string().max(20_000).default("").meta({ title: "Text", format: "multiline" }),
    link: z
      .union([z.literal(""), z.url({ protocol: /^https?$/ })])
      .default("")
      .meta({ title: "Link" }),
  }),
  output: z.looseObject({
    // Each channel names what it sent in its own way; Teams not at all.
    ts: z.string().optional().meta({ title: "Slack's time of the message" }),
    messageId: z.string().optional().meta({ title: "Message-ID of the mail" }),
    dedupKey: z.string().optional().meta({ title: "PagerDuty's key" }),
    delivery: z.string().optional().meta({ title: "The webhook's delivery" }),
  }),
  targets: (input) => [{ kind: "channel", value: input.to === "" ? "as the connector is set" : input.to }],
  perform: (messages, input) => messages.deliver(input),
  limits: { timeoutMs: 30_000, perHour: 1_000 },
});
