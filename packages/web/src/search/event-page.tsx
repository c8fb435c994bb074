/** placeholder: replaced below. */
export function EventPage() {
  return null;
}
