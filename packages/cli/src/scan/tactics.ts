/** tactics: the tactics of MITRE ATT&CK (Enterprise) in the order of an intrusion, with the names that people read. */

const TACTICS: readonly (readonly [id: string, name: string])[] = [
  ["reconnaissance", "Reconnaissance"],
  ["resource-development", "Resource development"],
  ["initial-access", "Initial access"],
  ["execution", "Execution"],
  ["persistence", "Persistence"],
  ["privilege-escalation", "Privilege escalation"],
  ["defense-evasion", "Defense evasion"],
  ["stealth", "Stealth"],
  ["defense-impairment", "Defense impairment"],
  ["credential-access", "Credential access"],
  ["discovery", "Discovery"],
  ["lateral-movement", "Lateral movement"],
  ["collection", "Collection"],
  ["command-and-control", "Command and control"],
  ["exfiltration", "Exfiltration"],
  ["impact", "Impact"],
];

const ORDER: ReadonlyMap<string, number> = new Map(TACTICS.map(([id], index) => [id, index]));
const NAMES: ReadonlyMap<string, string> = new Map(TACTICS);

export const tacticName = (id: string): string => NAMES.get(id) ?? id.replaceAll("-", " ");

/** Unknown ones come last. */
export const tacticOrder = (id: string): number => ORDER.get(id) ?? TACTICS.length;
