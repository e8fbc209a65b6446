// Shows the bodies of #meshes in #viewer with WebGL alone: drag turns, wheel zooms, right drag moves, keys work too.
(function () {
  "use strict";
  var canvas = document.getElementById("canvas"), box = document.getElementById("viewer");
  var gl = canvas.getContext("webgl", { antialias: true, preserveDrawingBuffer: true });
  if (!gl) { box.classList.add("nogl"); return; }
  gl.getExtension("OES_element_index_uint");
  var scene = JSON.parse(document.getElementById("meshes").textContent);
  var OUTLINE = 4000; // points of a body, spread over it: enough to find its outline
  var ROOM = 0.86; // of the frame for the bodies: its edges hold the letters of the patient's sides

  function bytes(text) {
    var raw = atob(text), out = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out.buffer;
  }
  function shader(kind, source) {
    var s = gl.createShader(kind);
    gl.shaderSource(s, source); gl.compileShader(s);
    if (!gl.getShaderParameter(s, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(s));
    return s;
  }
  var program = gl.createProgram();
  gl.attachShader(program, shader(gl.VERTEX_SHADER,
    "attribute vec3 p; attribute vec3 n; uniform mat3 r; uniform vec3 c; uniform vec3 s; uniform vec2 m; varying vec3 v;" +
    "void main(){ vec3 q = r * (p - c); v = r * n; gl_Position = vec4(q.x*s.x + m.x, q.y*s.y + m.y, -q.z*s.z, 1.0); }"));
  gl.attachShader(program, shader(gl.FRAGMENT_SHADER,
    "precision mediump float; varying vec3 v; uniform vec4 k;" +
    "void main(){ vec3 n = normalize(v); float back = 1.0; if (n.z < 0.0) { n = -n; back = 0.72; }" +
    "float d = 0.25 + 0.55*max(dot(n, normalize(vec3(-0.35,0.55,0.75))),0.0) + 0.3*max(dot(n, normalize(vec3(0.6,-0.2,0.7))),0.0);" +
    "float h = 0.18*pow(max(dot(n, normalize(vec3(-0.2,0.3,0.95))),0.0),24.0);" +
    "gl_FragColor = vec4(k.rgb*d*back + h, k.a); }"));
  gl.linkProgram(program); gl.useProgram(program);
  var at = {}, un = {};
  ["p", "n"].forEach(function (name) { at[name] = gl.getAttribLocation(program, name); gl.enableVertexAttribArray(at[name]); });
  ["r", "c", "s", "m", "k"].forEach(function (name) { un[name] = gl.getUniformLocation(program, name); });

  function normals(points, faces) {
    var n = new Float32Array(points.length);
    for (var i = 0; i < faces.length; i += 3) {
      var a = 3 * faces[i], b = 3 * faces[i + 1], c = 3 * faces[i + 2];
      var ux = points[b] - points[a], uy = points[b + 1] - points[a + 1], uz = points[b + 2] - points[a + 2];
      var vx = points[c] - points[a], vy = points[c + 1] - points[a + 1], vz = points[c + 2] - points[a + 2];
      var x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
      [a, b, c].forEach(function (j) { n[j] += x; n[j + 1] += y; n[j + 2] += z; });
    }
    for (var j = 0; j < n.length; j += 3) {
      var l = Math.hypot(n[j], n[j + 1], n[j + 2]) || 1;
      n[j] /= l; n[j + 1] /= l; n[j + 2] /= l;
    }
    return n;
  }
  function thinned(points) {
    var some = [], every = 3 * Math.max(1, Math.floor(points.length / (3 * OUTLINE)));
    for (var i = 0; i < points.length; i += every) some.push([points[i], points[i + 1], points[i + 2]]);
    return some;
  }
  function buffer(kind, data) { var b = gl.createBuffer(); gl.bindBuffer(kind, b); gl.bufferData(kind, data, gl.STATIC_DRAW); return b; }
  scene.bodies.forEach(function (body) {
    var grid = new Uint16Array(bytes(body.points)), points = new Float32Array(grid.length);
    for (var i = 0; i < grid.length; i++) points[i] = grid[i] * scene.step;
    var faces = body.wide ? new Uint32Array(bytes(body.faces)) : new Uint16Array(bytes(body.faces));
    body.count = faces.length;
    body.some = thinned(points);
    body.kind = body.wide ? gl.UNSIGNED_INT : gl.UNSIGNED_SHORT;
    body.p = buffer(gl.ARRAY_BUFFER, points);
    body.n = buffer(gl.ARRAY_BUFFER, normals(points, faces));
    body.f = buffer(gl.ELEMENT_ARRAY_BUFFER, faces);
    delete body.points; delete body.faces;
  });

  var reach = Math.hypot(scene.size[0], scene.size[1], scene.size[2]); // no body is further from the centre, wherever that is in their box
  var centre = scene.size.map(function (v) { return v / 2; }), half = [reach / 2, reach / 2];
  var turn, zoom, move, asked = false;

  function cross(a, b) { return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]; }
  function unit(a) { var l = Math.hypot(a[0], a[1], a[2]); return [a[0] / l, a[1] / l, a[2] / l]; }
  function look(toward) {
    var w = unit(toward), u = Math.abs(w[2]) > 0.9 ? [0, -1, 0] : [0, 0, 1], r = unit(cross(u, w));
    turn = [r, cross(w, r), w]; zoom = 1; move = [0, 0]; frame(); draw();
  }
  function frame() { // all that is shown, from where one looks
    var low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    scene.bodies.forEach(function (body) {
      if (body.shown) body.some.forEach(function (p) {
        turn.forEach(function (axis, i) {
          var at = p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];
          low[i] = Math.min(low[i], at); high[i] = Math.max(high[i], at);
        });
      });
    });
    if (low[0] > high[0]) return;
    half = [0, 1].map(function (i) { return Math.max((high[i] - low[i]) / 2, scene.step); });
    centre = [0, 1, 2].map(function (k) {
      return turn.reduce(function (sum, axis, i) { return sum + axis[k] * (low[i] + high[i]) / 2; }, 0);
    });
  }
  function rotate(dx, dy) {
    var a = Math.cos(dx), b = Math.sin(dx), c = Math.cos(dy), d = Math.sin(dy);
    var r = turn[0], u = turn[1], w = turn[2];
    var r1 = r.map(function (v, i) { return a * v + b * w[i]; }), w1 = w.map(function (v, i) { return a * v - b * r[i]; });
    var u1 = u.map(function (v, i) { return c * v - d * w1[i]; });
    r = unit(r1); u = unit(u1); w = cross(r, u); turn = [r, cross(w, r), w]; draw();
  }
  function name(v) {
    return JSON.parse(document.getElementById("viewer").dataset.names).map(function (pair, i) { return [Math.abs(v[i]), pair[v[i] > 0 ? 0 : 1]]; })
      .filter(function (e) { return e[0] >= 0.3; }).sort(function (a, b) { return b[0] - a[0]; })
      .map(function (e) { return e[1]; }).join("");
  }
  function minus(v) { return v.map(function (x) { return -x; }); }
  function draw() { if (!asked) { asked = true; requestAnimationFrame(paint); } }
  function paint() {
    asked = false;
    var ratio = window.devicePixelRatio || 1, w = Math.round(canvas.clientWidth * ratio), h = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    gl.viewport(0, 0, w, h);
    gl.clearColor(1, 1, 1, 1); gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT); gl.enable(gl.DEPTH_TEST);
    var s = zoom * ROOM * Math.min(w / half[0], h / half[1]); // twice the pixels of a millimetre
    gl.uniformMatrix3fv(un.r, false, [0, 1, 2].reduce(function (m, i) { return m.concat([turn[0][i], turn[1][i], turn[2][i]]); }, []));
    gl.uniform3fv(un.c, centre);
    gl.uniform3f(un.s, s / w, s / h, 0.9 / reach);
    gl.uniform2f(un.m, move[0], move[1]);
    scene.bodies.slice().sort(function (a, b) { return b.opacity - a.opacity; }).forEach(function (body) {
      if (!body.shown || body.opacity <= 0) return;
      var clear = body.opacity < 1;
      if (clear) { gl.enable(gl.BLEND); gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA); } else gl.disable(gl.BLEND);
      gl.depthMask(!clear);
      gl.uniform4f(un.k, body.colour[0], body.colour[1], body.colour[2], body.opacity);
      gl.bindBuffer(gl.ARRAY_BUFFER, body.p); gl.vertexAttribPointer(at.p, 3, gl.FLOAT, false, 0, 0);
      gl.bindBuffer(gl.ARRAY_BUFFER, body.n); gl.vertexAttribPointer(at.n, 3, gl.FLOAT, false, 0, 0);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, body.f);
      gl.drawElements(gl.TRIANGLES, body.count, body.kind, 0);
    });
    gl.depthMask(true);
    var marks = { east: turn[0], west: minus(turn[0]), north: turn[1], south: minus(turn[1]) };
    Object.keys(marks).forEach(function (k) { document.getElementById("mark-" + k).textContent = name(marks[k]); });
  }

  var held = null;
  canvas.addEventListener("pointerdown", function (e) {
    held = { x: e.clientX, y: e.clientY, pan: e.button === 2 || e.shiftKey }; canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointerup", function () { held = null; });
  canvas.addEventListener("pointercancel", function () { held = null; });
  canvas.addEventListener("pointermove", function (e) {
    if (!held) return;
    var dx = e.clientX - held.x, dy = e.clientY - held.y; held.x = e.clientX; held.y = e.clientY;
    if (held.pan) { move[0] += 2 * dx / canvas.clientWidth; move[1] -= 2 * dy / canvas.clientHeight; draw(); }
    else rotate(-dx * 0.008, dy * 0.008);
  });
  canvas.addEventListener("contextmenu", function (e) { e.preventDefault(); });
  function scale(f) { zoom = Math.min(30, Math.max(0.3, zoom * f)); move = move.map(function (v) { return v * f; }); draw(); }
  canvas.addEventListener("wheel", function (e) { e.preventDefault(); scale(Math.exp(-e.deltaY * 0.0012)); }, { passive: false });
  canvas.addEventListener("keydown", function (e) {
    var keys = { ArrowLeft: [0.12, 0], ArrowRight: [-0.12, 0], ArrowUp: [0, -0.12], ArrowDown: [0, 0.12] };
    if (keys[e.key]) { rotate(keys[e.key][0], keys[e.key][1]); e.preventDefault(); }
    if (e.key === "+" || e.key === "=") scale(1.15);
    if (e.key === "-") scale(1 / 1.15);
  });
  box.querySelectorAll("button[data-toward]").forEach(function (b) {
    b.addEventListener("click", function () { look(JSON.parse(b.dataset.toward)); });
  });
  box.querySelectorAll("input[data-body]").forEach(function (field) {
    field.addEventListener("input", function () {
      var body = scene.bodies[Number(field.dataset.body)];
      if (field.type === "checkbox") body.shown = field.checked; else body.opacity = Number(field.value) / 100;
      draw();
    });
  });
  window.addEventListener("resize", draw);
  look(JSON.parse(box.dataset.toward));
  paint();
}());
