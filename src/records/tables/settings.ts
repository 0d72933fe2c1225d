/** What the operator changed at run time: clock offset, throttle limits … */
export interface SettingRow {
  key: string;
  /** JSON. */
  value: string;
}
