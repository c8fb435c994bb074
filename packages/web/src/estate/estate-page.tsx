/** placeholder: replaced below. */
export function EstatePage() {
  return null;
}
