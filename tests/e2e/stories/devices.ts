/** What people hold in their hands. */
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const desk = { viewport: { width: 1280, height: 800 } };

/** Each way the page is looked at. */
export const looks = [
  ['phone', 'light', phone],
  ['phone', 'dark', phone],
  ['desk', 'light', desk],
  ['desk', 'dark', desk],
] as const;
