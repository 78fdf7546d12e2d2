
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
