/** placeholder: replaced below. */
export function SettingsPage() {
  return null;
}
