/**
 * windows-services: which event channels each Windows service of Sigma means, and which channel a provider writes to when
 * an event lost its channel on the way. Channel names are compared in lower case.
 */

const MS = "Microsoft-Windows-";

export const WINDOWS_SERVICES: Readonly<Record<string, readonly string[]>> = {
  application: ["Application"],
  "application-experience": [
    `${MS}Application-Experience/Program-Telemetry`,
    `${MS}Application-Experience/Program-Compatibility-Assistant`,
  ],
  applocker: [
    `${MS}AppLocker/EXE and DLL`,
    `${MS}AppLocker/MSI and Script`,
    `${MS}AppLocker/Packaged app-Deployment`,
    `${MS}AppLocker/Packaged app-Execution`,
  ],
  "appmodel-runtime": [`${MS}AppModel-Runtime/Admin`],
  "appxdeployment-server": [`${MS}AppXDeploymentServer/Operational`],
  "appxpackaging-om": [
    `${MS}AppxPackaging/Operational`,
    `${MS}AppxPackagingOM/Microsoft-Windows-AppxPackaging/Operational`,
  ],
  bitlocker: [`${MS}BitLocker/BitLocker Management`],
  "bits-client": [`${MS}Bits-Client/Operational`],
  capi2: [`${MS}CAPI2/Operational`],
  "certificateservicesclient-lifecycle-system": [`${MS}CertificateServicesClient-Lifecycle-System/Operational`],
  "codeintegrity-operational": [`${MS}CodeIntegrity/Operational`],
  dhcp: [`${MS}DHCP-Server/Operational`],
  "diagnosis-scripted": [`${MS}Diagnosis-Scripted/Operational`],
  "dns-client": [`${MS}DNS Client Events/Operational`, `${MS}DNS-Client/Operational`],
  "dns-server": ["DNS Server"],
  "dns-server-analytic": [`${MS}DNS-Server/Analytical`],
  "dns-server-audit": [`${MS}DNS-Server/Audit`],
  "driver-framework": [`${MS}DriverFrameworks-UserMode/Operational`],
  "firewall-as": [`${MS}Windows Firewall With Advanced Security/Firewall`],
  "hyper-v-worker": [`${MS}Hyper-V-Worker`, `${MS}Hyper-V-Worker-Admin`, `${MS}Hyper-V-Worker/Admin`],
  "iis-configuration": ["Microsoft-IIS-Configuration/Operational"],
  "kernel-event-tracing": [`${MS}Kernel-EventTracing`, `${MS}Kernel-EventTracing/Admin`],
  "kernel-shimengine": [`${MS}Kernel-ShimEngine/Operational`, `${MS}Kernel-ShimEngine/Diagnostic`],
  ldap: [`${MS}LDAP-Client/Debug`],
  "lsa-server": [`${MS}LSA/Operational`],
  "microsoft-servicebus-client": ["Microsoft-ServiceBus-Client/Admin", "Microsoft-ServiceBus-Client/Operational"],
  "msexchange-management": ["MSExchange Management"],
  ntfs: [`${MS}Ntfs/Operational`],
  ntlm: [`${MS}NTLM/Operational`],
  openssh: ["OpenSSH/Operational"],
  powershell: [`${MS}PowerShell/Operational`, "PowerShellCore/Operational"],
  "powershell-classic": ["Windows PowerShell"],
  "printservice-admin": [`${MS}PrintService/Admin`],
  "printservice-operational": [`${MS}PrintService/Operational`],
  security: ["Security"],
  "security-mitigations": [`${MS}Security-Mitigations/Kernel Mode`, `${MS}Security-Mitigations/User Mode`],
  sense: [`${MS}SENSE/Operational`],
  "servicebus-client": ["Microsoft-ServiceBus-Client/Admin", "Microsoft-ServiceBus-Client/Operational"],
  "shell-core": [`${MS}Shell-Core/Operational`],
  "smbclient-connectivity": [`${MS}SmbClient/Connectivity`],
  "smbclient-security": [`${MS}SmbClient/Security`],
  "smbserver-connectivity": [`${MS}SMBServer/Connectivity`],
  sysmon: [`${MS}Sysmon/Operational`],
  system: ["System"],
  taskscheduler: [`${MS}TaskScheduler/Operational`],
  "terminalservices-localsessionmanager": [`${MS}TerminalServices-LocalSessionManager/Operational`],
  vhdmp: [`${MS}VHDMP/Operational`],
  windefend: [`${MS}Windows Defender/Operational`],
  wmi: [`${MS}WMI-Activity/Operational`],
};

/** For events that carry a provider but no channel. */
export const PROVIDER_CHANNELS: Readonly<Record<string, string>> = {
  "microsoft-windows-sysmon": `${MS}Sysmon/Operational`,
  "linux-sysmon": "Linux-Sysmon/Operational",
  "microsoft-windows-security-auditing": "Security",
  "microsoft-windows-powershell": `${MS}PowerShell/Operational`,
  powershell: "Windows PowerShell",
  "service control manager": "System",
  "microsoft-windows-taskscheduler": `${MS}TaskScheduler/Operational`,
  "microsoft-windows-wmi-activity": `${MS}WMI-Activity/Operational`,
  "microsoft-windows-windows defender": `${MS}Windows Defender/Operational`,
};
