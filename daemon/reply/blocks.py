"""What the wording of the morning mail (templates/informe.md) may name."""

from __future__ import annotations

# The blocks of the morning mail by the key of their section; each is empty when there is nothing to tell.
BLOCKS = {
    "semaforo": "plazos vencidos, los que vencen hoy, los próximos y lo que no tiene plazo normado",
    "esperan": "cuánto tiene cada consultor y desde cuándo",
    "sin_tocar": "borradores que nadie tocó; vacío si no hay",
    "conteo": "el conteo desde el último informe, con sus diferencias por nombre",
    "alarmas": "alarmas de ahora y del último día; vacío si no hubo",
    "siade": "lo que falta de exportar a SIADE y lo que sigue sin folio",
    "cuarentena": "correos que no se pudieron procesar; vacío si no hay",
    "dias": "aviso de que faltan los días inhábiles del año siguiente; casi siempre vacío",
}
INFORME_VARIABLES = {
    "titulo": "«Informe del lunes 23 de noviembre de 2026»",
    "vencidos": "cuántos plazos están vencidos",
    "vencen_hoy": "cuántos vencen hoy",
    "proximos": "cuántos vencen en los días hábiles siguientes",
    "sin_plazo": "cuántas peticiones esperan sin plazo normado",
    **BLOCKS,
}
