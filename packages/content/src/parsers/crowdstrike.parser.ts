/** crowdstrike: events of CrowdStrike Falcon's event stream: detections, incidents, logins to the console, audit. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "crowdstrike",
  title: "CrowdStrike Falcon event stream",
  docs: "https://falcon.crowdstrike.com/documentation/page/d3c84a1b/event-streams-apis",
  order: 206,
  read: { as: "json" },
  accepts: { has: ["metadata", "event"] },
  product: "crowdstrike",
  time: ["metadata.eventCreationTime", "event.ProcessStartTime", "event.UTCTimestamp"],
  columns: {
    channel: "metadata.eventType",
    event_code: ["metadata.eventType", "event.OperationName"],
    host: ["event.ComputerName", "event.HostnameField", "event.Hostname"],
    user: ["event.UserName", "event.UserId"],
    user_domain: ["event.MachineDomain", "metadata.customerIDString"],
    process_path: ["event.FilePath"],
    process_cmd: "event.CommandLine",
    process_pid: "event.ProcessId",
    parent_cmd: "event.ParentCommandLine",
    file_path: "event.FileName",
    sha256: "event.SHA256String",
    md5: "event.MD5String",
    src_ip: ["event.LocalIP", "event.UserIp", "event.SourceIp"],
    object: ["event.DetectName", "event.Technique", "event.ServiceName"],
    session: ["event.DetectId", "event.CompositeId", "event.IncidentID"],
  },
  kind: {
    by: "metadata.eventType",
    values: {
      detectionsummaryevent: "detection_finding/create",
      eppdetectionsummaryevent: "detection_finding/create",
      idpdetectionsummaryevent: "detection_finding/create",
      incidentsummaryevent: "detection_finding/create",
      authactivityauditevent: "authentication/logon",
    },
    otherwise: "api_activity/other",
  },
  severity: {
    by: "event.SeverityName",
    values: { informational: 1, low: 2, medium: 3, high: 4, critical: 5 },
    otherwise: 1,
  },
  status: { by: "event.Success", values: { true: "success", false: "failure" }, otherwise: "unknown" },
  message:
    "{event.DetectDescription|event.DetectName|event.OperationName} {event.ComputerName|event.UserId} {event.CommandLine}",
  logsource: { product: "crowdstrike" },
  alias: {
    Image: "event.FilePath",
    CommandLine: "event.CommandLine",
    ParentCommandLine: "event.ParentCommandLine",
    User: "event.UserName",
  },
  samples: [
    {
      name: "A detection",
      in: '{"metadata":{"customerIDString":"cid1","offset":71,"eventType":"DetectionSummaryEvent","eventCreationTime":1783160400000,"version":"1.0"},"event":{"DetectId":"ldt:1:2","DetectName":"Suspicious Activity","DetectDescription":"A process dumped credentials","Severity":4,"SeverityName":"High","ComputerName":"FIN-WS-01","UserName":"ida","MachineDomain":"EXAMPLE","FileName":"rundll32.exe","FilePath":"\\\\Device\\\\HarddiskVolume2\\\\Windows\\\\System32\\\\rundll32.exe","CommandLine":"rundll32 comsvcs.dll","SHA256String":"AB12","LocalIP":"192.0.2.31","ProcessId":811}}',
      out: {
        time_ms: 1783160400000,
        class_uid: 2004,
        severity_id: 4,
        host: "FIN-WS-01",
        user: "ida",
        sha256: "ab12",
        src_ip: "192.0.2.31",
        process_pid: 811,
      },
      fields: { CommandLine: "rundll32 comsvcs.dll" },
    },
    {
      name: "A login to the console",
      in: '{"metadata":{"customerIDString":"cid1","offset":72,"eventType":"AuthActivityAuditEvent","eventCreationTime":1783160401000},"event":{"UserId":"bo@example.com","UserIp":"203.0.113.9","OperationName":"userAuthenticate","ServiceName":"CrowdStrike Authentication","Success":false}}',
      out: { class_uid: 3002, status_id: 2, user: "bo@example.com", src_ip: "203.0.113.9" },
    },
  ],
});
