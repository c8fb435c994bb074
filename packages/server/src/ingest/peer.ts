/** peer: the address of a sender as it is kept with its records. */

/** A dual-stack socket reports IPv4 senders as mapped addresses; a link-local one has its interface behind a "%". */
export function plainAddress(address: string): string {
  const zone = address.indexOf("%");
  const plain = zone < 0 ? address : address.slice(0, zone);
  return plain.startsWith("::ffff:") && plain.includes(".") ? plain.slice("::ffff:".length) : plain;
}
