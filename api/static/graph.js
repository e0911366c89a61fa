// The graph of synergies can be enlarged and its things drawn apart; without this file the picture of the server stays as it is.
const svg = document.querySelector('[data-picture=graph] svg');
const all = svg.querySelector('.all'), [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
const nodes = [...all.querySelectorAll('a')].map((element) => {
  const [x, y] = element.getAttribute('transform').match(/[-\d.]+/g).map(Number);
  return { element, x, y, radius: Number(element.querySelector('circle').getAttribute('r')) };
});
const links = [...all.querySelectorAll('line')].map((element) => ({ element, source: Number(element.dataset.one), target: Number(element.dataset.other) }));
const draw = () => {
  for (const node of nodes) node.element.setAttribute('transform', `translate(${node.x.toFixed(1)} ${node.y.toFixed(1)})`);
  for (const { element, source, target } of links) {
    for (const [name, value] of [['x1', source.x], ['y1', source.y], ['x2', target.x], ['y2', target.y]]) element.setAttribute(name, value.toFixed(1));
  }
};
const simulation = d3.forceSimulation(nodes).force('link', d3.forceLink(links).distance(50)).force('charge', d3.forceManyBody().strength(-90))
  .force('apart', d3.forceCollide((node) => node.radius + 3)).force('x', d3.forceX(width / 2).strength(0.04))
  .force('y', d3.forceY(height / 2).strength(0.06)).on('tick', draw).stop();
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
const settle = () => { if (still) { simulation.alpha(0.4).stop().tick(60); draw(); } else simulation.alpha(0.4).restart(); };

// A press on a thing moves it, and only a press that did not move follows its link.
const place = (event) => {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(all.getScreenCTM().inverse());
  return [point.x, point.y];
};
for (const node of nodes) {
  let from = null, moved = false;
  node.element.addEventListener('dragstart', (event) => event.preventDefault());
  node.element.addEventListener('pointerdown', (event) => { from = [event.clientX, event.clientY]; moved = false; event.stopPropagation(); });
  addEventListener('pointermove', (event) => {
    if (!from || (!moved && Math.hypot(event.clientX - from[0], event.clientY - from[1]) < 5)) return;
    moved = true;
    [node.fx, node.fy] = place(event);
    settle();
  });
  addEventListener('pointerup', () => { from = null; });
  node.element.addEventListener('click', (event) => { if (moved) event.preventDefault(); });
}

// The wheel belongs to the page unless Ctrl is held; buttons enlarge for the keyboard.
const zoom = d3.zoom().scaleExtent([0.5, 8]).filter((event) => (event.type !== 'wheel' || event.ctrlKey) && !event.button)
  .on('zoom', ({ transform }) => { all.setAttribute('transform', transform); svg.classList.toggle('near', transform.k > 1.8); });
const selection = d3.select(svg).call(zoom).on('dblclick.zoom', null);
const bar = svg.closest('figure').querySelector('.zoom');
bar.hidden = false;
for (const button of bar.querySelectorAll('button')) {
  button.addEventListener('click', () => {
    const factor = Number(button.value);
    if (factor) selection.call(zoom.scaleBy, factor); else selection.call(zoom.transform, d3.zoomIdentity);
  });
}
