/** falco: alerts of Falco's rules on system calls and Kubernetes. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "falco",
  title: "Falco alert",
  docs: "https://falco.org/docs/concepts/outputs/",
  order: 205,
  read: { as: "json" },
  accepts: { has: ["output", "priority", "rule", "output_fields"] },
  product: "falco",
  time: ["time", "output_fields.evt.time"],
  columns: {
    channel: "source",
    event_code: "rule",
    host: ["hostname", "output_fields.k8s.node.name"],
    user: ["output_fields.user.name", "output_fields.ka.user.name"],
    process_path: ["output_fields.proc.exepath", "output_fields.proc.name"],
    process_cmd: "output_fields.proc.cmdline",
    process_pid: "output_fields.proc.pid",
    parent_path: "output_fields.proc.pname",
    file_path: "output_fields.fd.name",
    src_ip: ["output_fields.fd.cip"],
    dst_ip: ["output_fields.fd.sip"],
    object: ["output_fields.k8s.pod.name", "output_fields.container.name", "output_fields.container.id"],
  },
  kind: "detection_finding/create",
  severity: {
    by: "priority",
    values: { emergency: 6, alert: 5, critical: 5, error: 4, warning: 3, notice: 2, informational: 1, debug: 1 },
    otherwise: 0,
  },
  message: "{rule}: {output}",
  logsource: { product: "falco" },
  samples: [
    {
      name: "A shell in a container",
      in: '{"hostname":"node-3","output":"09:40:00.123456789: Notice A shell was spawned in a container","priority":"Notice","rule":"Terminal shell in container","source":"syscall","tags":["container","shell"],"time":"2026-07-04T09:40:00.123456789Z","output_fields":{"container.id":"c0ffee","container.name":"shop-1","evt.time":1783158000123456789,"proc.cmdline":"sh -i","proc.name":"sh","proc.pname":"runc","user.name":"root"}}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 9, 40, 0, 123),
        class_uid: 2004,
        severity_id: 2,
        host: "node-3",
        user: "root",
        process_cmd: "sh -i",
        object: "shop-1",
      },
      fields: { rule: "Terminal shell in container" },
    },
    {
      name: "A sensitive file read",
      in: '{"output":"Sensitive file opened","priority":"Warning","rule":"Read sensitive file untrusted","source":"syscall","time":"2026-07-04T09:41:00Z","output_fields":{"fd.name":"/etc/shadow","proc.cmdline":"cat /etc/shadow","user.name":"www-data"}}',
      out: { severity_id: 3, file_path: "/etc/shadow", user: "www-data" },
    },
  ],
});
