
# ---- What stands in front -----------------------------------------------------------------------------------------------------

# Whether this script moves the traffic: a proxy on this server.
function Test-Front {
    param([object] $Release)
    return [bool]$Release.proxy.iis -or ($Release.proxy.nginx -and $Release.proxy.nginx.directory)
}

# The port that an instance really has: what its registry key says, else the release.
function Get-InstancePort {
    param([object] $Unit, [string] $Name)
    $Port = Get-KeyValue ((Get-ServiceKey $Unit.Instance.service_name) + '\Parameters\Ports') $Name
    if ($null -ne $Port) { return [int]$Port }
    return [int]($Unit.Instance.ports | Where-Object { $_.name -eq $Name }).port
}

# The share of each instance: of the new slot $Percent, of the other one the rest; without slots all the same, but for $Except.
function Get-Traffic {
    param([object] $Release, [string] $Slot, [int] $Percent, [string] $Except)
    foreach ($Unit in Get-Instance $Release) {
        $Weight = 100
        if ($Unit.Instance.slot -and $Unit.Instance.slot -eq $Slot) { $Weight = $Percent }
        elseif ($Unit.Instance.slot) { $Weight = 100 - $Percent }
        if ($Unit.Instance.service_name -eq $Except) { $Weight = 0 }
        [pscustomobject]@{ Unit = $Unit; Weight = $Weight }
    }
}

# Puts the shares into force.
function Set-Traffic {
    param([object] $Release, [object[]] $Traffic)
    if ($Release.proxy.nginx -and $Release.proxy.nginx.directory) { Set-NginxTraffic $Release $Traffic }
    if ($Release.proxy.iis) { Set-IisTraffic $Release $Traffic }
}

# The farms: one for each service and port that a route names.
function Get-Farm {
    param([object] $Release)
    return @($Release.proxy.routes | Sort-Object -Property farm -Unique)
}

# -- nginx --

function Get-NginxText {
    param([object] $Release, [object[]] $Traffic)
    $Lines = @('# Written by Deploy.ps1 at every change of traffic.')
    foreach ($Farm in Get-Farm $Release) {
        $Lines += "upstream $($Farm.farm) {"
        foreach ($Share in $Traffic | Where-Object { $_.Unit.Service.name -eq $Farm.service }) {
            if ($Share.Weight -eq 0) { continue }
            $Port = Get-InstancePort $Share.Unit $Farm.port
            $Lines += "    server $($Release.proxy.nginx.upstream):$Port weight=$($Share.Weight) max_fails=2 fail_timeout=5s;"
        }
        $Lines += '    keepalive 16;', '}'
    }
    return ($Lines -join "`n") + "`n"
}

function Get-NginxPath {
    param([object] $Release, [string] $Suffix)
    return Join-Path (Join-Path $Release.proxy.nginx.directory 'conf') "$($Release.product.name)$Suffix.conf"
}

# Writes a file of nginx's configuration; gives what it was before, or nothing when it is the same.
function Set-NginxFile {
    param([string] $Path, [string] $Text)
    $Before = ''
    if (Test-Path -LiteralPath $Path) { $Before = [string](Get-Content -LiteralPath $Path -Raw -Encoding UTF8) }
    if ($Before.Trim() -ceq $Text.Trim()) { return $null }
    # ASCII: a byte-order mark would be an error to nginx.
    Set-Content -LiteralPath $Path -Value $Text -Encoding ASCII
    return [pscustomobject]@{ Text = $Before }
}

function Invoke-Nginx {
    param([object] $Release, [string[]] $Arguments)
    $Folder = $Release.proxy.nginx.directory
    Invoke-Native (Resolve-Tool $Folder 'nginx.exe') (@('-p', $Folder) + $Arguments) | Out-Null
}

# Checks and reloads; a configuration that nginx refuses is put back.
function Update-Nginx {
    param([object] $Release, [string] $Path, [string] $Before)
    try { Invoke-Nginx $Release @('-t') }
    catch {
        Set-Content -LiteralPath $Path -Value $Before -Encoding ASCII
        throw
    }
    Invoke-Nginx $Release @('-s', 'reload')
}

function Set-NginxTraffic {
    param([object] $Release, [object[]] $Traffic)
    $Path = Get-NginxPath $Release '.upstream'
    $Before = Set-NginxFile $Path (Get-NginxText $Release $Traffic)
    if (-not $Before) { return }
    if (Test-Path -LiteralPath (Get-NginxPath $Release '')) { Update-Nginx $Release $Path $Before.Text }
    Add-Change 'traffic in nginx'
}

# The server block, from the folder.
function Set-NginxFront {
    param([object] $Release)
    $Source = Join-Path (Get-ReleaseFolder $Release.product.version) 'nginx.conf'
    $Path = Get-NginxPath $Release ''
    $Before = Set-NginxFile $Path (Get-Content -LiteralPath $Source -Raw -Encoding UTF8)
    if (-not $Before) { return }
    Update-Nginx $Release $Path $Before.Text
    Add-Change 'server block in nginx'
}

function Remove-NginxFront {
    param([object] $Release)
    $Removed = $false
    foreach ($Suffix in '', '.upstream') {
        $Path = Get-NginxPath $Release $Suffix
        if (Test-Path -LiteralPath $Path) {
            Remove-Item -LiteralPath $Path -Force
            $Removed = $true
        }
    }
    if (-not $Removed) { return }
    Add-Change 'configuration of nginx removed'
}
