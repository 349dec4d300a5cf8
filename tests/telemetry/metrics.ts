import type { Service } from './service.ts';

/** The metrics of a service. */
export async function scrape({ adminUrl }: Service, accept = 'text/plain'): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`, { headers: { accept } })).text();
}

/** The value of one series, by its name with its labels. */
export async function value(service: Service, series: string): Promise<number | undefined> {
  const line = (await scrape(service)).split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
