/** The values used last, up to a number of them. */
export interface Recent<K, V> {
  get(key: K, make: () => V): V;
}

export function createRecent<K, V>(capacity: number): Recent<K, V> {
  const entries = new Map<K, V>();
  return {
    get(key, make) {
      let value = entries.get(key);
      if (value === undefined) value = make();
      else entries.delete(key);
      entries.set(key, value);
      if (entries.size > capacity) entries.delete(entries.keys().next().value!);
      return value;
    },
  };
}
