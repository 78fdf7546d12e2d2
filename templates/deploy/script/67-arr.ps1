
# -- The state of ARR's servers: only its own objects tell it, and only Windows PowerShell can call their methods --

# Runs in Windows PowerShell: sets the state of a farm's server where one is given (0 available, 1 drain), and tells how it is.
function Use-ArrServer {
    param([string] $Farm, [string] $Address, [int] $State = -1)
    Add-Type -Path "$env:SystemRoot\System32\inetsrv\Microsoft.Web.Administration.dll"
    $Manager = New-Object Microsoft.Web.Administration.ServerManager
    $Farms = $Manager.GetApplicationHostConfiguration().GetSection('webFarms').GetCollection()
    $Element = @($Farms | Where-Object { $_.GetAttributeValue('name') -eq $Farm })[0]
    $Server = @($Element.GetCollection() | Where-Object { $_.GetAttributeValue('address') -eq $Address })[0]
    $Routing = $Server.GetChildElement('applicationRequestRouting')
    if ($State -ge 0) {
        $Method = $Routing.Methods['SetState'].CreateInstance()
        $Method.Input.Attributes[0].Value = $State
        $Method.Execute()
    }
    $Counters = $Routing.GetChildElement('counters')
    '{0} {1}' -f $Counters.GetAttributeValue('isHealthy'), $Counters.GetAttributeValue('currentRequests')
}

# A text as a PowerShell literal.
function ConvertTo-Literal {
    param([string] $Value)
    return "'" + [Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($Value) + "'"
}

# How ARR sees a server, or nothing where it does not tell.
function Invoke-ArrServer {
    param([string] $Farm, [string] $Address, [int] $State = -1)
    $Text = "`$ProgressPreference = 'SilentlyContinue'`n& {" + ${function:Use-ArrServer} + '} -Farm ' + (ConvertTo-Literal $Farm) + ' -Address ' + (ConvertTo-Literal $Address) + " -State $State"
    $Encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($Text))
    $Tool = Resolve-Tool "$env:SystemRoot\System32\WindowsPowerShell\v1.0" 'powershell.exe'
    $Answer = Invoke-Native $Tool @('-NoProfile', '-NonInteractive', '-EncodedCommand', $Encoded) -Expect 0, 1
    $Found = [regex]::Match($Answer.Output, '(?m)^(True|False) (\d+)\s*$')
    if (-not $Found.Success) { return $null }
    return [pscustomobject]@{ Healthy = $Found.Groups[1].Value -eq 'True'; Requests = [int]$Found.Groups[2].Value }
}

# A server that is to get traffic must be well in ARR's own eyes before another one loses it.
function Wait-ArrHealthy {
    param([string] $Farm, [object] $Unit)
    $Address = $Unit.Instance.host_alias
    $Patience = if ($Unit.Service.health) { $Unit.Service.health.within_ms } else { 30000 }
    $Deadline = [DateTime]::UtcNow.AddMilliseconds($Patience)
    [void](Invoke-ArrServer $Farm $Address 0)
    while ($true) {
        $Server = Invoke-ArrServer $Farm $Address
        if (-not $Server) { Write-Line "    ARR does not tell how $Address is"; return }
        if ($Server.Healthy) { return }
        if ([DateTime]::UtcNow -gt $Deadline) { Stop-Run "ARR finds ``$Address`` in farm ``$Farm`` unhealthy" 'its health test asks by that name: is the alias in the hosts file, and does the health check answer?' }
        Start-Sleep -Milliseconds 500
    }
}

# No new requests for a server, then time for those that run.
function Wait-ArrDrained {
    param([string] $Farm, [object] $Unit)
    $Address = $Unit.Instance.host_alias
    $Deadline = [DateTime]::UtcNow.AddMilliseconds($Unit.Release.rollout.drain_ms)
    $Server = Invoke-ArrServer $Farm $Address 1
    if (-not $Server) {
        Write-Line "    ARR does not tell how $Address is: waiting for the whole time"
        Start-Sleep -Milliseconds $Unit.Release.rollout.drain_ms
        return
    }
    while ($Server.Requests -gt 0 -and [DateTime]::UtcNow -lt $Deadline) {
        Start-Sleep -Milliseconds 200
        $Server = Invoke-ArrServer $Farm $Address
        if (-not $Server) { return }
    }
    if ($Server.Requests -gt 0) { Write-Line "    $($Server.Requests) requests of $Address have not ended in time" }
}

# nginx lets workers with running requests end by themselves; what it tells is no count, so all the time is given.
function Wait-Drained {
    param([object] $Release)
    if (-not $Release.proxy.iis) { Start-Sleep -Milliseconds $Release.rollout.drain_ms }
}
