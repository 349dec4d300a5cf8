/**
 * Texts that the browser keeps for a person over reloads, each under a key of its own: tabs write at the same time, and
 * what they share they would overwrite. Where the browser keeps nothing, there is nothing.
 */
export interface KeptItems {
  /** By name, in the order of the names. */
  all(): [name: string, text: string][];
  get(name: string): string | undefined;
  /** False where it is not kept: there are too many, or the browser refuses. */
  keep(name: string, text: string): boolean;
  forget(name: string): void;
}

export interface KeptBounds {
  items: number;
  /** Of all together, in UTF-16 units; a browser keeps some five million for an origin. */
  length: number;
}

/**
 * @param kind what the texts are, such as `draft`: those of other kinds are apart.
 * @param person id of the person; another person at the same browser has others.
 * @param bounds what would exceed them is not kept.
 */
export function keptItems(kind: string, person: string, bounds: KeptBounds): KeptItems {
  const prefix = `carillon.${kind}/${encodeURIComponent(person)}/`;

  function all(): [string, string][] {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(prefix))
        .sort()
        .map((key) => [key.slice(prefix.length), localStorage.getItem(key) ?? '']);
    } catch {
      return [];
    }
  }

  return {
    all,
    get(name) {
      try {
        return localStorage.getItem(prefix + name) ?? undefined;
      } catch {
        return undefined;
      }
    },
    keep(name, text) {
      const others = all().filter(([other]) => other !== name);
      const length = others.reduce((sum, [, each]) => sum + each.length, text.length);
      if (others.length >= bounds.items || length > bounds.length) return false;
      try {
        localStorage.setItem(prefix + name, text);
        return true;
      } catch {
        return false;
      }
    },
    forget(name) {
      try {
        localStorage.removeItem(prefix + name);
      } catch {
        // Then it was never kept.
      }
    },
  };
}
