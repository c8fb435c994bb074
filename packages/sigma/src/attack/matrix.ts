/**
 * matrix: the tactics of ATT&CK and the techniques of each (Enterprise 19.1): ids only, as facts that tags are checked against.
 * © 2026 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.
 */

export interface Tactic {
  readonly id: string;
  /** As it stands in tags, after `attack.`. */
  readonly shortName: string;
  readonly name: string;
}

export const ATTACK_VERSION = "19";

/** In the order of the matrix. */
export const TACTICS: readonly Tactic[] = [
  { id: "TA0043", shortName: "reconnaissance", name: "Reconnaissance" },
  { id: "TA0042", shortName: "resource-development", name: "Resource Development" },
  { id: "TA0001", shortName: "initial-access", name: "Initial Access" },
  { id: "TA0002", shortName: "execution", name: "Execution" },
  { id: "TA0003", shortName: "persistence", name: "Persistence" },
  { id: "TA0004", shortName: "privilege-escalation", name: "Privilege Escalation" },
  { id: "TA0005", shortName: "stealth", name: "Stealth" },
  { id: "TA0112", shortName: "defense-impairment", name: "Defense Impairment" },
  { id: "TA0006", shortName: "credential-access", name: "Credential Access" },
  { id: "TA0007", shortName: "discovery", name: "Discovery" },
  { id: "TA0008", shortName: "lateral-movement", name: "Lateral Movement" },
  { id: "TA0009", shortName: "collection", name: "Collection" },
  { id: "TA0011", shortName: "command-and-control", name: "Command and Control" },
  { id: "TA0010", shortName: "exfiltration", name: "Exfiltration" },
  { id: "TA0040", shortName: "impact", name: "Impact" },
];

/** Technique -> short names of its tactics. */
export const TECHNIQUES: ReadonlyMap<string, readonly string[]> = techniquesOf({
  reconnaissance: "1589.1-3 1590.1-6 1591.1-4 1592.1-4 1593.1-3 1594 1595.1-3 1596.1-5 1597.1-2 1598.1-4 1681 1682",
  "resource-development": "1583.1-8 1584.1-8 1585.1-3 1586.1-3 1587.1-4 1588.1-7 1608.1-6 1650 1683.1-2",
  "initial-access": "1078.1-4 1091 1133 1189 1190 1195.1-3 1199 1200 1566.1-4 1659 1669",
  execution:
    "1047 1053.2-3,5-7 1059.1-13 1072 1106 1127.1-3 1129 1197 1203 1204.1-5 1559.1-3 1569.1-3 1574.1,4-14 1609 " +
    "1610 1648 1651 1674 1675 1677",
  persistence:
    "1037.1-5 1053.2-3,5-7 1078.1-4 1098.1-7 1112 1133 1136.1-3 1137.1-6 1176.1-2 1197 1205.1-2 1505.1-6 1525 " +
    "1542.1-5 1543.1-5 1546.1-18 1547.1-10,12-15 1554 1556.1-9 1653 1668 1671",
  "privilege-escalation":
    "1037.1-5 1053.2-3,5-7 1055.1-5,8-9,11-15 1068 1078.1-4 1098.1-7 1134.1-5 1484.1-2 1543.1-5 1546.1-18 " +
    "1547.1-10,12-15 1548.1-6 1611",
  stealth:
    "1006 1014 1027.1-18 1036.1-12 1055.1-5,8-9,11-15 1070.3-10 1078.1-4 1127.1-3 1134.1-5 1140 1197 1202 " +
    "1205.1-2 1211 1216.1-2 1218.1-5,7-15 1220 1221 1480.1-2 1497.1-3 1535 1542.1-5 1564.1-14 1574.1,4-14 1612 " +
    "1620 1622 1678 1679 1684.1-2",
  "defense-impairment":
    "1112 1207 1222.1-2 1484.1-2 1553.1-6 1556.1-9 1578.1-5 1599.1 1600.1-2 1601.1-2 1647 1666 1685.1-6 1686.1-3 " +
    "1687 1688 1689 1690",
  "credential-access":
    "1003.1-8 1040 1056.1-4 1110.1-4 1111 1187 1212 1528 1539 1552.1-8 1555.1-6 1556.1-9 1557.1-4 1558.1-5 " +
    "1606.1-2 1621 1649",
  discovery:
    "1007 1010 1012 1016.1-2 1018 1033 1040 1046 1049 1057 1069.1-3 1082 1083 1087.1-4 1120 1124 1135 1201 1217 " +
    "1482 1497.1-3 1518.1-2 1526 1538 1580 1613 1614.1 1615 1619 1622 1652 1654 1673 1680",
  "lateral-movement": "1021.1-8 1072 1080 1091 1210 1534 1550.1-4 1563.1-2 1570",
  collection:
    "1005 1025 1039 1056.1-4 1074.1-2 1113 1114.1-3 1115 1119 1123 1125 1185 1213.1-6 1530 1557.1-4 1560.1-3 " +
    "1602.1-2",
  "command-and-control":
    "1001.1-3 1008 1071.1-5 1090.1-4 1092 1095 1102.1-3 1104 1105 1132.1-2 1205.1-2 1219.1-3 1568.1-3 1571 1572 " +
    "1573.1-2 1659 1665",
  exfiltration: "1011.1 1020.1 1029 1030 1041 1048.1-3 1052.1 1537 1567.1-4",
  impact: "1485.1 1486 1489 1490 1491.1-2 1495 1496.1-4 1498.1-2 1499.1-4 1529 1531 1561.1-2 1565.1-3 1657 1667",
});

/** Tactics that were renamed, or split, on their way to this version. */
export const FORMER_TACTICS: Readonly<Record<string, string>> = { "defense-evasion": "stealth" };

/** `1003.1-8,10` stands for T1003, T1003.001 to T1003.008 and T1003.010. */
function techniquesOf(written: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> {
  const techniques = new Map<string, string[]>();
  const add = (id: string, tactic: string): void => {
    const known = techniques.get(id) ?? [];
    known.push(tactic);
    techniques.set(id, known);
  };
  for (const [tactic, text] of Object.entries(written)) {
    for (const word of text.split(" ")) {
      const [number = "", parts = ""] = word.split(".");
      add(`T${number}`, tactic);
      for (const range of parts.split(",").filter((part) => part !== "")) {
        const [first = 0, last = first] = range.split("-").map(Number);
        for (let sub = first; sub <= last; sub++) add(`T${number}.${String(sub).padStart(3, "0")}`, tactic);
      }
    }
  }
  return techniques;
}
