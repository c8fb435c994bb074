/** logfmt: lines of key=value pairs as Go services, Grafana's tools and Heroku write them. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "logfmt",
  title: "logfmt",
  docs: "https://grafana.com/docs/loki/latest/query/log_queries/#logfmt",
  order: 700,
  read: { as: "pairs" },
  accepts: { contains: ["level=", "msg="] },
  product: "application",
  time: ["time", "ts", "t", "timestamp"],
  columns: {
    host: ["host", "hostname", "instance"],
    user: ["user", "username"],
    src_ip: ["remote_addr", "remote_ip", "client_ip", "client"],
    url: ["path", "uri", "url"],
    http_method: ["method"],
    http_status: ["status", "code"],
    object: ["component", "logger", "caller"],
    session: ["traceID", "trace_id", "request_id"],
    process_pid: "pid",
  },
  kind: "base_event/other",
  severity: {
    by: ["level", "lvl"],
    values: {
      debug: 1,
      info: 1,
      notice: 2,
      warn: 3,
      warning: 3,
      error: 4,
      err: 4,
      eror: 4,
      crit: 5,
      fatal: 6,
      panic: 6,
    },
    otherwise: 0,
  },
  message: "{msg} {err|error}",
  samples: [
    {
      name: "A Go service",
      in: 'time=2026-07-03T10:00:00.250Z level=warn msg="disk \\"data\\" is filling" component=store remote_addr=192.0.2.7 pid=42',
      out: {
        time_ms: Date.UTC(2026, 6, 3, 10, 0, 0, 250),
        severity_id: 3,
        src_ip: "192.0.2.7",
        object: "store",
        process_pid: 42,
        message: 'disk "data" is filling',
      },
      fields: { component: "store" },
    },
    {
      name: "Behind a syslog header",
      in: '<30>Jul  3 10:00:01 web1 grafana: t=2026-07-03T10:00:01Z level=eror msg="Request failed" status=502 method=GET path=/api/live err="no upstream"',
      out: { host: "web1", severity_id: 4, http_status: 502, url: "/api/live", message: "Request failed no upstream" },
    },
  ],
});
