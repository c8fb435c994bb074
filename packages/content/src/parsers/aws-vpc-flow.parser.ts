/** aws-vpc-flow: flow records of AWS VPCs in the default layout of version 2. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf } from "@holdfast/sdk";

export default defineParser({
  id: "aws-vpc-flow",
  title: "AWS VPC flow log",
  docs: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && LINE.test(record.text.slice(0, 300)),
  parse: (record: DecodedRecord) => {
    const match = LINE.exec(record.text.slice(0, 300));
    if (match === null) return { ok: false, reason: "not a flow record of version 2" };
    const [
      ,
      account = "",
      eni = "",
      src = "",
      dst = "",
      srcPort = "",
      dstPort = "",
      protocol = "",
      packets = "",
      bytes = "",
      start = "",
      end = "",
      action = "",
      state = "",
    ] = match;
    const refused = action === "REJECT";
    const is = refused ? REFUSE : TRAFFIC;
    const columns: Partial<EventColumns> = {
      time_ms: integerOf(start) * 1000,
      product: "aws",
      channel: "vpcflow",
      event_code: action,
      host: eni,
      user_domain: account,
      src_ip: src === "-" ? "" : src,
      dst_ip: dst === "-" ? "" : dst,
      src_port: integerOf(srcPort),
      dst_port: integerOf(dstPort),
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: refused ? STATUS.failure : STATUS.success,
      severity_id: SEVERITY.informational,
      message: `${action} ${src}:${srcPort} to ${dst}:${dstPort}, ${bytes} bytes`,
    };
    const fields = {
      account,
      eni,
      src_ip: src,
      dst_ip: dst,
      src_port: columns.src_port,
      dst_port: columns.dst_port,
      protocol,
      packets,
      bytes,
      start,
      end,
      action,
      state,
    };
    return {
      ok: true,
      event: { columns, fields, logsource: { product: "aws", service: "vpcflow", category: "firewall" } },
    };
  },
  samples: [
    {
      name: "Refused",
      in: "2 123456789012 eni-0a1b2c3d4e5f60718 203.0.113.9 10.0.1.5 51000 3389 6 1 40 1783149000 1783149060 REJECT OK",
      out: {
        time_ms: 1783149000000,
        activity_id: 5,
        status_id: 2,
        src_ip: "203.0.113.9",
        dst_ip: "10.0.1.5",
        dst_port: 3389,
        host: "eni-0a1b2c3d4e5f60718",
      },
      fields: { action: "REJECT" },
    },
    {
      name: "No data in the window",
      in: "2 123456789012 eni-0a1b2c3d4e5f60718 - - - - - - - 1783149060 1783149120 - NODATA",
      out: { time_ms: 1783149060000, src_ip: "", activity_id: 6 },
    },
  ],
});

const LINE =
  /^2 (\d{12}|unknown) (eni-[0-9a-f]{8,20}) (\S{1,45}) (\S{1,45}) (\d{1,5}|-) (\d{1,5}|-) (\d{1,3}|-) (\d{1,19}|-) (\d{1,19}|-) (\d{10}) (\d{10}) (ACCEPT|REJECT|-) (\S{2,10})/;
const REFUSE = classify("network_activity", "refuse");
const TRAFFIC = classify("network_activity", "traffic");
