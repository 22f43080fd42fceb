// Types that the review's modules share; nothing runs here.

/**
 * A picture that the viewer can show: `matrix` maps the product photo's pixels to the shown picture's, where it is known.
 * @typedef {{ id: string, label: string, url: string, width: number, height: number, matrix: number[][] | null }} Picture
 * @typedef {{ picture: Picture, others: Picture[] }} ViewerData
 * @typedef {{ x: number, y: number, width: number, height: number }} Region  in image pixels; no width, no height: a pin
 * @typedef {{ id: string, label: string, open: boolean, internal: boolean, region: Region }} Mark
 */

export {};
