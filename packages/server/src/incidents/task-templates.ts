/** task-templates: what is to be done in incidents of a kind, in order, each with the side that does it and by when. */
import type { TaskTemplate } from "@holdfast/contracts/incidents";

type Step = TaskTemplate["tasks"][number];

const security = (title: string, dueInMinutes: number, description: string): Step => {
  return { title, dueInMinutes, description, team: "security", blocking: false };
};
const operations = (title: string, dueInMinutes: number, description: string): Step => {
  return { title, dueInMinutes, description, team: "operations", blocking: false };
};
/** The incident cannot go on without it. */
const needed = (step: Step): Step => ({ ...step, blocking: true });

export const TASK_TEMPLATES: readonly TaskTemplate[] = [
  {
    id: "host-intrusion",
    title: "Intrusion on a host",
    description: "Somebody runs commands on a machine of ours.",
    tasks: [
      security("Name the first host and the first event", 20, "Follow the path back until nothing earlier is found."),
      security("List every account that was used there", 30, "Logons of the affected hosts since the first event."),
      needed(
        operations("Say what isolating the host would break", 15, "Services, users, redundancy left, running changes."),
      ),
      operations(
        "Take volatile data before anything is restarted",
        30,
        "Processes, connections, logged-on users, memory.",
      ),
      security("Search all other hosts for the same tool", 60, "By hash, by name, by command line, by address."),
      operations("Rebuild the host from a known state", 1440, "Only after the evidence is complete."),
    ],
  },
  {
    id: "stolen-credentials",
    title: "Stolen credentials",
    description: "An account is used by somebody else.",
    tasks: [
      needed(operations("Disable the account and end its sessions", 15, "Service accounts: first what runs with it.")),
      security("List what the account reached since it was stolen", 45, "Hosts, files, mail, cloud."),
      security("Find out how it was stolen", 120, "Phishing, dump, reuse, a leaked key."),
      operations("Change everything that the account knew", 480, "Keys, tokens and passwords that it could read."),
      security("Tell the person the account belongs to", 60, "By a way that the attacker does not read."),
    ],
  },
  {
    id: "ransomware",
    title: "Ransomware",
    description: "Files are being encrypted, or about to be.",
    tasks: [
      needed(operations("Cut the affected hosts off", 10, "Isolate; do not switch off: memory may hold keys.")),
      needed(operations("Protect the backups", 15, "Take them off the network, stop jobs that overwrite old ones.")),
      security("Find the account and the way it spreads by", 30, "Shares, remote services, group policy."),
      security("Find out whether data left before", 60, "Outgoing volume of the affected hosts, last 14 days."),
      operations("Decide the order in which services come back", 120, "By criticality and what each of them needs."),
      security(
        "Prepare what has to be reported, and to whom",
        240,
        "Authorities, customers, insurers; note the deadlines.",
      ),
    ],
  },
  {
    id: "phishing",
    title: "Phishing",
    description: "A message tricked people, or tried to.",
    tasks: [
      security("List everybody who got the message", 20, "By sender, subject, link and attachment."),
      security("List who opened it, and who gave data away", 30, "Proxy, DNS and logon events after delivery."),
      operations("Remove the message from all mailboxes", 45, "Keep one copy as evidence first."),
      operations("Block sender, link and address", 30, "With an end and an owner for each block."),
      security("Tell those who got it what to do", 60, "In their words, with a person to ask."),
    ],
  },
  {
    id: "denial-of-service",
    title: "Denial of service",
    description: "A service is slow or away because of what it is sent.",
    tasks: [
      operations("Say which service fails, and at which part", 10, "Line, balancer, application, database."),
      security(
        "Tell attack from success",
        15,
        "A release, a campaign or a crawler look alike: sources, paths, agents, changes.",
      ),
      needed(operations("Ask the carrier to filter", 20, "Prefixes, protocols, ports; note when they start.")),
      security("Watch for what the noise hides", 60, "Logons and outgoing data while everybody looks away."),
      operations("Undo every filter that was set", 1440, "One task per filter when there are many."),
    ],
  },
  {
    id: "data-theft",
    title: "Data theft",
    description: "Data left, or may have left.",
    tasks: [
      security("Say which data, how much, of whom", 120, "Sources, volumes, first and last time."),
      needed(operations("Close the way out", 20, "Account, share, address or key; with an end.")),
      security("Keep the evidence with its chain of custody", 60, "Events, proxy logs, the files themselves."),
      security(
        "Prepare what has to be reported, and to whom",
        240,
        "Note the deadlines; they run from when it was known.",
      ),
      operations("Change every key that was among the data", 480, ""),
    ],
  },
];
